using System.IO.Compression;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The body of an answer, compressed as it is read. Each piece can be read when it comes: a destination that pauses has a client that waits.</summary>
/// <param name="content">The body.</param>
/// <param name="coding">How it is compressed.</param>
internal sealed class CompressedContent(HttpContent content, ContentCoding coding) : WrappedContent(content)
{
    /// <inheritdoc />
    protected override Stream Wrap(Stream body) => new Compressing(body, coding);

    private sealed class Compressing : ReadOnlyStream
    {
        private readonly Stream _body;
        private readonly byte[] _plain = new byte[16 * 1024];
        private readonly MemoryStream _packed = new();
        private readonly Stream _compressor;
        private int _taken;
        private bool _hasEnded;

        public Compressing(Stream body, ContentCoding coding)
        {
            _body = body;

            // Quicker rather than smaller: it happens for each answer anew.
            _compressor = coding == ContentCoding.Br
                ? new BrotliStream(_packed, CompressionLevel.Fastest, leaveOpen: true)
                : new GZipStream(_packed, CompressionLevel.Fastest, leaveOpen: true);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty)
            {
                // Whoever asks so waits until there is something to read.
                return _taken < _packed.Length || _hasEnded ? 0 : await _body.ReadAsync(buffer, cancellationToken);
            }

            while (_taken == _packed.Length && !_hasEnded)
            {
                Pack(await _body.ReadAsync(_plain, cancellationToken));
            }

            var some = (int)Math.Min(buffer.Length, _packed.Length - _taken);
            _packed.GetBuffer().AsSpan(_taken, some).CopyTo(buffer.Span);
            _taken += some;
            return some;
        }

        protected override void Dispose(bool disposing)
        {
            _compressor.Dispose();
            _packed.Dispose();
            _body.Dispose();
            base.Dispose(disposing);
        }

        private void Pack(int read)
        {
            _packed.SetLength(0);
            _taken = 0;
            if (read > 0)
            {
                _compressor.Write(_plain, 0, read);
                _compressor.Flush();
            }
            else
            {
                _hasEnded = true;
                _compressor.Dispose();
            }
        }
    }
}
