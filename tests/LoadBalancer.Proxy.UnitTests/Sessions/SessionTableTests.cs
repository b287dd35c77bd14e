using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Sessions;

public sealed class SessionTableTests
{
    private static readonly byte[] Secret = [1, 2, 3];

    private readonly Member[] _members = [Make.Member("a"), Make.Member("b")];

    [Fact]
    public void An_id_leads_to_its_destination()
    {
        var table = Table(new());

        Assert.All(_members, member => Assert.Same(member.Destination, table.Find(table.IdOf(member.Destination))));
    }

    // What it is made of is a promise: proxies of several versions may stand side by side.
    [Fact]
    public void An_id_is_128_bits_of_a_keyed_hash_over_cluster_and_address()
    {
        var table = Table(new() { Keys = ["0123456789abcdef"] });

        Assert.Equal("IdKMc-B5786wWNTehBYkLA", table.IdOf(_members[0].Destination));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("http://a:80")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAAAAAAAA\u00e4AAAAAAAAAAA")]
    public void What_is_made_up_leads_nowhere(string id) => Assert.Null(Table(new()).Find(id));

    [Fact]
    public void No_letter_of_an_id_can_be_changed()
    {
        var table = Table(new());
        var id = table.IdOf(_members[0].Destination);

        // The last letter has four bits that mean nothing.
        Assert.All(Enumerable.Range(0, id.Length - 1), at => Assert.Null(table.Find(id[..at] + (id[at] == 'A' ? 'B' : 'A') + id[(at + 1)..])));
    }

    [Fact]
    public void Another_key_and_another_cluster_have_other_ids()
    {
        var id = Table(new()).IdOf(_members[0].Destination);

        Assert.Null(new SessionTable("web", new(), _members, [4, 5, 6]).Find(id));
        Assert.Null(new SessionTable("other", new(), _members, Secret).Find(id));
        Assert.NotNull(new SessionTable("WEB", new(), _members, Secret).Find(id));
    }

    [Fact]
    public void Ids_of_a_key_that_is_being_replaced_are_still_known()
    {
        var before = Table(new() { Keys = ["the key of before"] });
        var after = Table(new() { Keys = ["the key of after!", "the key of before"] });

        Assert.Same(_members[1].Destination, after.Find(before.IdOf(_members[1].Destination)));
        Assert.Null(before.Find(after.IdOf(_members[1].Destination)));
    }

    [Theory]
    [InlineData("web", null, SessionAffinityPolicy.Cookie, "lb-web")]
    [InlineData("web shop", null, SessionAffinityPolicy.Cookie, "lb-87c9a8b1")]
    [InlineData("web", "shop", SessionAffinityPolicy.HashCookie, "shop")]
    [InlineData("web", null, SessionAffinityPolicy.CustomHeader, "X-Session-Affinity")]
    public void It_has_a_name(string cluster, string? name, SessionAffinityPolicy policy, string expected) =>
        Assert.Equal(expected, new SessionTable(cluster, new() { AffinityKeyName = name, Policy = policy }, _members, Secret).Name);

    private SessionTable Table(SessionAffinityOptions options) => new("web", options, _members, Secret);
}
