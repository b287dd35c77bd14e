using System.Net;
using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Benchmarks;

/// <summary>What the event loop does with the heads of one request and its answer: reads both, and writes both anew.</summary>
public class WireBenchmarks
{
    private readonly RequestHead _request = new();
    private readonly ResponseHead _answer = new();
    private readonly OutputBuffer _output = new();
    private readonly LimitOptions _limits = new();
    private readonly Random _random = new(1);
    private readonly ClientText _client = new(IPAddress.Loopback);
    private readonly DestinationText _destination = Text();
    private readonly byte[] _date = "Tue, 15 Nov 1994 08:12:31 GMT"u8.ToArray();

    private readonly byte[] _small = "GET /area/items/42 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"u8.ToArray();

    private readonly byte[] _browser =
        [
            .. "GET /area/items/42?page=3&sort=name HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\nsec-ch-ua-platform: \"Linux\"\r\n"u8,
            .. "Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"u8,
            .. "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\nSec-Fetch-Mode: navigate\r\nReferer: https://www.example.com/\r\n"u8,
            .. "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\nCookie: session=8d1f0e2b6a7c4f5e9d3b2a1c0f8e7d6c; theme=dark\r\n\r\n"u8,
        ];

    private readonly byte[] _ok = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\nContent-Type: text/plain\r\nContent-Length: 32\r\nConnection: keep-alive\r\nETag: \"1-2\"\r\n\r\n"u8.ToArray();

    /// <summary>A request as a load generator sends it.</summary>
    [Benchmark(Baseline = true)]
    public int Small() => Relay(_small);

    /// <summary>One as a browser does.</summary>
    [Benchmark]
    public int Browser() => Relay(_browser);

    /// <summary>Only the reading of the small request.</summary>
    [Benchmark]
    public int ReadSmall()
    {
        _request.Reset();
        RequestParser.Parse(_small, _request, _limits);
        return _request.Length;
    }

    private int Relay(byte[] request)
    {
        _request.Reset();
        RequestParser.Parse(request, _request, _limits);
        _request.Identify(_random);
        _request.IsForProxy(out _);
        _output.Clear();
        HeadWriter.Write(_output, _request, new RequestContext { Destination = _destination, Client = _client, Trusted = TrustedProxies.None });
        var sent = _output.Length;

        _answer.Reset();
        ResponseParser.Parse(_ok, _answer, isHead: false, isTunnel: false);
        _output.Clear();
        AnswerWriter.Write(_output, _answer, _request, new AnswerContext { Date = _date });
        return sent + _output.Length;
    }

    private static DestinationText Text()
    {
        var address = new Uri("http://10.0.0.1:8080");
        return DestinationText.Of(new Member(new Destination(address, DateTimeOffset.UnixEpoch), new DestinationDefinition("a", address)));
    }
}
