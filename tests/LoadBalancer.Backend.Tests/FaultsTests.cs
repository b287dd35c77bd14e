using System.Net;

namespace LoadBalancer.Backend.Tests;

public sealed class FaultsTests
{
    [Theory]
    [InlineData("/health")]
    [InlineData("/health-check")]
    [InlineData("/alive")]
    public async Task Probes_are_answered_with_success_at_first(string path)
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health-check")]
    public async Task Health_answers_the_status_that_was_set(string path)
    {
        await using var backend = await RunningBackend.StartAsync();
        using var _ = await backend.PostAsync("/faults/health?status=503");

        using var answer = await backend.GetAsync(path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task Health_fault_leaves_ordinary_requests_alone()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var _ = await backend.PostAsync("/faults/health?status=500");

        Assert.Equal("Hello from web1", await backend.GetTextAsync("/"));
    }

    [Fact]
    public async Task Toggling_health_twice_makes_it_well_again()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var first = await backend.PostAsync("/faults/toggle-health");
        using var between = await backend.GetAsync("/health");
        using var second = await backend.PostAsync("/faults/toggle-health");
        using var after = await backend.GetAsync("/health");

        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.OK), (between.StatusCode, after.StatusCode));
    }

    [Fact]
    public async Task Delay_holds_ordinary_requests_back()
    {
        var time = new ImpatientTime();
        await using var backend = await RunningBackend.StartAsync(time: time);
        using var _ = await backend.PostAsync("/faults/delay?ms=45000");

        await backend.GetTextAsync("/");

        Assert.Contains(TimeSpan.FromSeconds(45), time.Waits);
    }

    [Fact]
    public async Task Reset_breaks_the_connection_before_an_answer()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var _ = await backend.PostAsync("/faults/reset");

        await Assert.ThrowsAsync<HttpRequestException>(() => backend.GetTextAsync("/"));
    }

    [Fact]
    public async Task Reset_with_a_count_ends_by_itself()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var _ = await backend.PostAsync("/faults/reset?count=1");
        await Assert.ThrowsAsync<HttpRequestException>(() => backend.GetTextAsync("/"));

        Assert.Equal("Hello from web1", await backend.GetTextAsync("/"));
    }

    [Fact]
    public async Task Reset_spares_the_health_check()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var _ = await backend.PostAsync("/faults/reset");

        Assert.Equal("Healthy", await backend.GetTextAsync("/health"));
    }

    [Fact]
    public async Task Clear_ends_every_fault()
    {
        await using var backend = await RunningBackend.StartAsync();
        using var reset = await backend.PostAsync("/faults/reset");
        using var health = await backend.PostAsync("/faults/health?status=500");
        using var clear = await backend.PostAsync("/faults/clear");

        Assert.Equal("""{"healthStatus":200,"delayMs":0,"resets":0}""", await backend.GetTextAsync("/faults"));
    }

    [Theory]
    [InlineData("/faults/health", "status must be a number from 200 to 599")]
    [InlineData("/faults/health?status=abc", "status must be a number from 200 to 599")]
    [InlineData("/faults/health?status=700", "status must be a number from 200 to 599")]
    [InlineData("/faults/delay?ms=-1", "ms must be a number from 0 to 3600000")]
    [InlineData("/faults/reset?count=x", "count must be a number from 0 to 2147483647")]
    public async Task Bad_value_is_refused_with_what_is_allowed(string path, string error)
    {
        await using var backend = await RunningBackend.StartAsync();

        using var answer = await backend.PostAsync(path);

        Assert.Equal(
            (HttpStatusCode.BadRequest, error),
            (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }
}
