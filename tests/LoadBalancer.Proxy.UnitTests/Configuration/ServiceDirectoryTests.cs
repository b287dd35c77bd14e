namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class ServiceDirectoryTests
{
    private const string Backend = """
        {
          "backend": {
            "http": [ "http://h:1", "http://h:2" ],
            "https": [ "https://h:3" ],
            "admin": [ "http://h:4" ]
          },
          "plain": { "http": [ "http://p:1" ] }
        }
        """;

    [Theory]
    [InlineData("http://backend", "http://h:1 http://h:2")]
    [InlineData("http://BACKEND", "http://h:1 http://h:2")]
    [InlineData("https://backend", "https://h:3")]
    [InlineData("https+http://backend", "https://h:3")]
    [InlineData("https+http://plain", "http://p:1")]
    [InlineData("http+https://backend", "http://h:1 http://h:2")]
    [InlineData("http://_admin.backend", "http://h:4")]
    [InlineData("http://_missing.backend", "")]
    [InlineData("https://plain", "")]
    public void A_service_name_stands_for_its_addresses(string address, string expected) =>
        Assert.Equal(expected, string.Join(' ', Json.Services(Backend).Find(new Uri(address))!));

    [Theory]
    [InlineData("http://other")]
    [InlineData("http://backend.example.com")]
    [InlineData("http://_admin.other")]
    public void Another_host_is_no_service(string address) => Assert.Null(Json.Services(Backend).Find(new Uri(address)));

    [Fact]
    public void More_than_ten_addresses_stay_in_order()
    {
        var addresses = Enumerable.Range(0, 12).Select(n => $"http://h:{n + 1}").ToArray();
        var services = Json.Services($$"""{ "backend": { "http": [ {{string.Join(',', addresses.Select(address => $"\"{address}\""))}} ] } }""");

        Assert.Equal(addresses, services.Find(new Uri("http://backend")));
    }
}
