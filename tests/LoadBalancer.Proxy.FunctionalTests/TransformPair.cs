using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A destination and a proxy before it with transforms.</summary>
internal sealed class TransformPair : IAsyncDisposable
{
    public FakeDestination Destination { get; } = new();

    public ProxyHost Proxy { get; private set; } = null!;

    public static async Task<TransformPair> StartAsync(string match, string transforms)
    {
        var pair = new TransformPair();
        pair.Proxy = await ProxyHost.StartAsync(TransformSettings.Of(match, transforms), pair.Destination.Address);
        return pair;
    }

    public async Task<RawAnswer> AskAsync(string request)
    {
        using var client = await Proxy.ConnectAsync();
        return await client.AskAsync(request);
    }

    /// <summary>What the destination got of a request.</summary>
    public async Task<FakeRequest> RequestAsync(string request)
    {
        Assert.Equal(200, (await AskAsync(request)).Status);
        return Destination.Requests[0];
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Destination.DisposeAsync();
    }
}
