using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>
/// One gRPC call over HTTP/2, without a gRPC library: each message is a flag (compressed or not), its length in four bytes, and itself; the
/// status of the call is in the trailers.
/// </summary>
internal sealed class GrpcCall(HttpContext context)
{
    public const int Unauthenticated = 16;
    public const int Unimplemented = 12;

    private const int PrefixLength = 5;
    private const int LongestRequest = 1024 * 1024;

    public CancellationToken Cancelled => context.RequestAborted;

    /// <summary>Sends the head of the answer, so that the caller knows that it was heard.</summary>
    public Task BeginAsync()
    {
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        return context.Response.StartAsync(Cancelled);
    }

    /// <summary>Reads the one message of the caller.</summary>
    public async Task<T> ReadAsync<T>(MessageParser<T> parser) where T : IMessage<T>
    {
        var prefix = new byte[PrefixLength];
        await context.Request.Body.ReadExactlyAsync(prefix, Cancelled);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (prefix[0] != 0 || length > LongestRequest)
        {
            throw new InvalidDataException("The message is compressed or too long.");
        }

        var message = new byte[length];
        await context.Request.Body.ReadExactlyAsync(message, Cancelled);
        return parser.ParseFrom(message);
    }

    /// <summary>Sends one message.</summary>
    public async Task WriteAsync(IMessage message)
    {
        var length = message.CalculateSize();
        var frame = new byte[PrefixLength + length];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)length);
        message.WriteTo(frame.AsSpan(PrefixLength));
        await context.Response.Body.WriteAsync(frame, Cancelled);
        await context.Response.Body.FlushAsync(Cancelled);
    }

    /// <summary>Ends the call well.</summary>
    public void End() => context.Response.AppendTrailer("grpc-status", "0");

    /// <summary>Refuses the call before anything was sent.</summary>
    public void Refuse(int status, string message)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = message;
    }
}
