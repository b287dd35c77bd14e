using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>A connection that gives its place in the budget back when its socket is closed.</summary>
internal sealed class CountedConnection(ConnectionContext connection, ConnectionBudget budget) : ConnectionContext
{
    private int _closed;

    /// <inheritdoc />
    public override string ConnectionId
    {
        get => connection.ConnectionId;
        set => connection.ConnectionId = value;
    }

    /// <inheritdoc />
    public override IFeatureCollection Features => connection.Features;

    /// <inheritdoc />
    public override IDictionary<object, object?> Items
    {
        get => connection.Items;
        set => connection.Items = value;
    }

    /// <inheritdoc />
    public override IDuplexPipe Transport
    {
        get => connection.Transport;
        set => connection.Transport = value;
    }

    /// <inheritdoc />
    public override CancellationToken ConnectionClosed
    {
        get => connection.ConnectionClosed;
        set => connection.ConnectionClosed = value;
    }

    /// <inheritdoc />
    public override EndPoint? LocalEndPoint
    {
        get => connection.LocalEndPoint;
        set => connection.LocalEndPoint = value;
    }

    /// <inheritdoc />
    public override EndPoint? RemoteEndPoint
    {
        get => connection.RemoteEndPoint;
        set => connection.RemoteEndPoint = value;
    }

    /// <inheritdoc />
    public override void Abort() => connection.Abort();

    /// <inheritdoc />
    public override void Abort(ConnectionAbortedException abortReason) => connection.Abort(abortReason);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        try
        {
            await connection.DisposeAsync();
        }
        finally
        {
            if (Interlocked.Exchange(ref _closed, 1) == 0)
            {
                budget.Closed();
            }
        }
    }
}
