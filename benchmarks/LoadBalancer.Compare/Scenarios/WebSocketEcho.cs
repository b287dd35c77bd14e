using System.Net.WebSockets;
using LoadBalancer.Compare.Load;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>What a message costs that goes through a tunnel, and its echo.</summary>
internal sealed class WebSocketEcho : Scenario
{
    /// <inheritdoc />
    public override string Name => "websocket";

    /// <inheritdoc />
    public override string Description => $"messages of {WebSocketClients.MessageLength} bytes over WebSocket, {Clients} clients; a request is a message and its echo";

    /// <inheritdoc />
    public override int Clients => 256;

    /// <inheritdoc />
    public override string Path => "/socket";

    /// <inheritdoc />
    public override bool IsTunnel => true;

    /// <inheritdoc />
    public override Launch PrepareDestinations(string nginx, IReadOnlyList<int> ports, WorkFolder folder) => EchoDestination.Launch(ports);

    /// <inheritdoc />
    public override async Task<LoadReport> DriveAsync(Drive drive, CancellationToken cancellationToken)
    {
        var load = WebSocketClients.Launch(new Uri(drive.Proxy, Path), Clients, drive.Duration);
        return WebSocketClients.Read(await Child.RunAsync(load.On(drive.Cpus), drive.Duration + TimeSpan.FromSeconds(30), cancellationToken));
    }

    /// <inheritdoc />
    public override async Task SeeAnswerAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(client.BaseAddress!, Path)) { Scheme = "ws" }.Uri, cancellationToken);
            var (sent, received) = (new byte[WebSocketClients.MessageLength], new byte[WebSocketClients.MessageLength]);
            Array.Fill(sent, (byte)'x');
            await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            var echo = await socket.ReceiveAsync(received, cancellationToken);
            if (!echo.EndOfMessage || !sent.SequenceEqual(received))
            {
                throw new CompareException($"answers a message by another of {echo.Count} bytes");
            }
        }
        catch (WebSocketException exception)
        {
            throw new CompareException($"does not pass on WebSocket: {exception.Message}");
        }
    }
}
