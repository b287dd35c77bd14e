using System.Text;
using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Benchmarks;

/// <summary>What it takes the event loop to follow a chunked body of 64 KiB to its end, in reads of 16 KiB.</summary>
public class ChunkedBenchmarks
{
    private const int Length = 64 * 1024;
    private const int Read = 16 * 1024;

    private readonly ResponseHead _head = new();
    private byte[] _body = [];

    /// <summary>How long a chunk is.</summary>
    [Params(64, 4 * 1024)]
    public int Chunk { get; set; }

    /// <summary>Makes the body.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var chunk = $"{Chunk:x}\r\n{new string('x', Chunk)}\r\n";
        _body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(chunk, Length / Chunk)) + "0\r\n\r\n");
    }

    /// <summary>It goes on as it is.</summary>
    [Benchmark(Baseline = true)]
    public int Pass()
    {
        var (reader, at) = (new ChunkedReader(isAnswer: true), 0);
        while (reader.Pass(Next(at), _head, out var pass, out var drop) == ChunkedStatus.Open)
        {
            at += pass + drop;
        }

        return at;
    }

    /// <summary>Its chunks are taken off, for a client of HTTP/1.0.</summary>
    [Benchmark]
    public int Unwrap()
    {
        var (reader, at) = (new ChunkedReader(isAnswer: true), 0);
        while (reader.Unwrap(Next(at), out var drop, out var pass) == ChunkedStatus.Open)
        {
            at += drop + pass;
        }

        return at;
    }

    private ReadOnlySpan<byte> Next(int at) => _body.AsSpan(at, Math.Min(Read, _body.Length - at));
}
