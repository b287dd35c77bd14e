using System.Buffers;
using System.IO.Pipelines;
using System.Reflection;
using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>What a client of HTTP/2 sends, as the web server reads it: when it floods the connection with cheap frames, reading fails, and the web server ends it with ENHANCE_YOUR_CALM.</summary>
/// <param name="transport">What the client sends, and what goes to it.</param>
/// <param name="flooded">Is told of a flood.</param>
internal sealed class WatchedTransport(IDuplexPipe transport, Action<Http2CheapFrame> flooded) : IDuplexPipe
{
    /// <inheritdoc />
    public PipeReader Input { get; } = new WatchedInput(transport.Input, flooded);

    /// <inheritdoc />
    public PipeWriter Output => transport.Output;

    private sealed class WatchedInput(PipeReader input, Action<Http2CheapFrame> flooded) : PipeReader
    {
        private readonly Http2FrameCounter _frames = new();
        private ReadOnlySequence<byte> _unread;
        private long _counted;

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var result = await input.ReadAsync(cancellationToken);
            Count(result.Buffer);
            return result;
        }

        public override bool TryRead(out ReadResult result)
        {
            var has = input.TryRead(out result);
            if (has)
            {
                Count(result.Buffer);
            }

            return has;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _counted -= _unread.Slice(0, consumed).Length;
            _unread = default;
            input.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => input.CancelPendingRead();

        public override void Complete(Exception? exception = null) => input.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => input.CompleteAsync(exception);

        // What was left unread the last time comes again, and is counted once.
        private void Count(in ReadOnlySequence<byte> bytes)
        {
            var now = TimeProvider.System.MonotonicTicks();
            foreach (var piece in bytes.Slice(_counted))
            {
                if (_frames.Take(piece.Span, now) is var kind and not Http2CheapFrame.None)
                {
                    flooded(kind);
                    throw EnhanceYourCalm($"too many frames of the kind {kind} in a time");
                }
            }

            (_unread, _counted) = (bytes, bytes.Length);
        }

        // The web server's own way to end a connection with a code. There is no public one, and what is thrown else becomes INTERNAL_ERROR.
        private static Exception EnhanceYourCalm(string message)
        {
            const int code = 0xb;
            const string name = "Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http2.Http2ConnectionErrorException, Microsoft.AspNetCore.Server.Kestrel.Core";
            var constructor = Type.GetType(name, throwOnError: true)!.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)[0];
            var arguments = constructor.GetParameters().Select(parameter => parameter.Position switch
            {
                0 => message,
                1 => Enum.ToObject(parameter.ParameterType, code),
                _ => Enum.ToObject(parameter.ParameterType, 0),
            });
            return (Exception)constructor.Invoke([.. arguments]);
        }
    }
}
