using System.Buffers;
using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.Kestrel;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoadBalancer.Proxy.FunctionalTests;

public sealed class SocketListenerTests
{
    // By itself the platform's factory of connections takes arrays that are made anew under load. It is told so by a way that is not public.
    [Fact]
    public async Task Connections_have_their_memory_from_the_pool_of_the_server()
    {
        using var pool = new SlabPool();
        using var sockets = new ReservedSockets();
        var budget = new ConnectionBudget(capacity: null, TimeProvider.System, NullLogger<ConnectionBudget>.Instance);
        await using var listener = await new SocketListenerFactory(sockets, budget, new Pools(pool), NullLoggerFactory.Instance).BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);

        await client.ConnectAsync(listener.EndPoint);
        await using var connection = await listener.AcceptAsync();

        Assert.Same(pool, connection!.Features.Get<IMemoryPoolFeature>()!.MemoryPool);
    }

    private sealed class Pools(MemoryPool<byte> pool) : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => pool;
    }

    private sealed class SlabPool : MemoryPool<byte>
    {
        public override int MaxBufferSize => 4096;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(4096);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
