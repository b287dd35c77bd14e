using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Benchmarks;

/// <summary>What the rules of <c>Http/</c> take for the fields of one request, such as a browser sends it through another proxy.</summary>
public class FieldRuleBenchmarks
{
    private readonly (string Name, string Value)[] _fields =
    [
        ("Host", "www.example.com"),
        ("Connection", "keep-alive"),
        ("Cache-Control", "max-age=0"),
        ("sec-ch-ua-platform", "\"Linux\""),
        ("Upgrade-Insecure-Requests", "1"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Referer", "https://www.example.com/"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("Accept-Language", "en-GB,en;q=0.9"),
        ("Cookie", "session=8d1f0e2b6a7c4f5e9d3b2a1c0f8e7d6c; theme=dark"),
        ("X-Session-Hint", "a"),
        ("X-Forwarded-For", "192.0.2.7"),
        ("Via", "1.1 edge"),
    ];

    private readonly string _target = "/area/items/42?page=3&sort=name";
    private readonly string _via = "1.1 edge, 1.1 LoadBalancer";

    /// <summary>Which of the fields are passed on.</summary>
    [Benchmark(Baseline = true)]
    public int Fates() => Fates("keep-alive");

    /// <summary>The same where <c>Connection</c> names one of them.</summary>
    [Benchmark]
    public int FatesNamed() => Fates("keep-alive, X-Session-Hint");

    /// <summary>Whether every name and value is made of the characters it may have.</summary>
    [Benchmark]
    public bool Syntax()
    {
        var valid = true;
        foreach (var (name, value) in _fields)
        {
            valid &= MessageSyntax.IsToken(name) && MessageSyntax.IsFieldValue(value);
        }

        return valid;
    }

    /// <summary>The screen of the target, and of the field that tells a loop.</summary>
    [Benchmark]
    public bool Screen() => MessageSyntax.IsTarget(_target) && !TargetPath.Climbs(_target) && !FieldValues.IsLoop(_via);

    private int Fates(string connection)
    {
        var passed = 0;
        var named = new NamedByConnection(connection);
        foreach (var (name, _) in _fields)
        {
            if (named.InRequest(name) == FieldFate.Pass)
            {
                passed++;
            }
        }

        return passed;
    }
}
