using System.Globalization;
using LoadBalancer.Proxy.UnitTests.Engines.EventLoop;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Differential;

/// <summary>The same bytes to the event loop and to other proxies: what goes on must be clear to a strict reader, and where others do otherwise is printed.</summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const string OfBody = "/body/";
    private const string Post = "POST / HTTP/1.1\r\nHost: example.com\r\n";
    private const string Chunked = Post + "Transfer-Encoding: chunked\r\n\r\n";

    // What is asked of nobody else: how long another proxy may take to say what it says at once, or never.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly (string Name, string Bytes)[] Bodies =
    [
        ("chunks", Chunked + "5\r\nhello\r\n0\r\n\r\n"),
        ("a chunk size with zeros before it", Chunked + "0005\r\nhello\r\n0\r\n\r\n"),
        ("a chunk size in capitals", Chunked + "A\r\nhellohello\r\n0\r\n\r\n"),
        ("a chunk extension", Chunked + "5;a=b\r\nhello\r\n0\r\n\r\n"),
        ("a chunk extension in quotes", Chunked + "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n"),
        ("a blank before a chunk extension", Chunked + "5 ;a=b\r\nhello\r\n0\r\n\r\n"),
        ("a blank behind a chunk size", Chunked + "5 \r\nhello\r\n0\r\n\r\n"),
        ("a blank before a chunk size", Chunked + " 5\r\nhello\r\n0\r\n\r\n"),
        ("a tab behind a chunk size", Chunked + "5\t\r\nhello\r\n0\r\n\r\n"),
        ("a chunk size with plus", Chunked + "+5\r\nhello\r\n0\r\n\r\n"),
        ("a chunk size with 0x", Chunked + "0x5\r\nhello\r\n0\r\n\r\n"),
        ("a chunk size with an underscore", Chunked + "0_5\r\nhello\r\n0\r\n\r\n"),
        ("an empty chunk size", Chunked + "\r\nhello\r\n0\r\n\r\n"),
        ("a chunk size beyond the counter", Chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("a chunk that ends in bare LF", Chunked + "5\r\nhello\n0\r\n\r\n"),
        ("a chunk line that ends in bare LF", Chunked + "5\nhello\r\n0\r\n\r\n"),
        ("a last chunk of several zeros", Chunked + "5\r\nhello\r\n000\r\n\r\n"),
        ("a trailer", Chunked + "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
        ("a trailer that is a length", Chunked + "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"),
        ("a trailer with a control character", Chunked + "5\r\nhello\r\n0\r\nX-Sum: \u0001\r\n\r\n"),
        ("a length with GET", "GET / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello"),
        ("a length with DELETE", "DELETE / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello"),
        ("a length in HTTP/1.0", "POST / HTTP/1.0\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello"),
        ("a POST without a body", Post + "\r\n"),
    ];

    private static readonly List<(string Name, string Bytes)> Corpus =
    [
        .. RequestCorpus.Refused.Where(row => row.Bytes.Length < 4096).Select(row => (row.Name, row.Bytes)),

        // Those that wait for something, and one with a body that nobody could send, say nothing of framing.
        .. RequestCorpus.Accepted.Where(row => row.Bytes.Length < 4096 && !row.Read.EndsWith("expects", StringComparison.Ordinal) && !row.Read.Contains("7758", StringComparison.Ordinal))
            .Where(row => !row.Bytes.EndsWith("Content-Length: 5\r\n\r\n", StringComparison.Ordinal))
            .Select((row, index) => ($"accepted {index}: {row.Bytes.Split("\r\n").First(line => line.Length > 0)}", row.Bytes)),

        // What is refused behind its head may reach the destination later than the answer reaches the client: these can be told apart.
        .. Bodies.Select((row, index) => (row.Name, row.Bytes.Replace(" / HTTP", $" {OfBody}{index} HTTP", StringComparison.Ordinal))),
    ];

    [Fact]
    public async Task What_goes_on_is_framed_as_it_came_and_clear_to_a_strict_reader()
    {
        await using var ours = new StrictDestination();
        await using var proxy = await ProxyHost.StartAsync(EventLoopHost.Settings, $"http://127.0.0.1:{ours.Port}");
        await using var theirs = new StrictDestination();
        await using var kestrel = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Engine"] = "Kestrel" }, $"http://127.0.0.1:{theirs.Port}");
        await using var nginxs = new StrictDestination();
        await using var nginx = await PeerProxy.StartNginxAsync(nginxs.Port);
        await using var haproxys = new StrictDestination();
        await using var haproxy = await PeerProxy.StartHaproxyAsync(haproxys.Port);

        var all = await Task.WhenAll(
            RunAsync(proxy.Address, ours, Eventually.Deadline),
            RunAsync(kestrel.Address, theirs, Patience),
            RunAsync(nginx?.Address, nginxs, Patience),
            RunAsync(haproxy?.Address, haproxys, Patience));

        string[] names = ["Kestrel", nginx is null ? "nginx (not installed)" : "nginx", haproxy is null ? "haproxy (not installed)" : "haproxy"];
        output.WriteLine($"{Corpus.Count} requests; where others do otherwise:");
        for (var i = 0; i < Corpus.Count; i++)
        {
            var others = names.Select((name, index) => (Name: name, What: all[index + 1]?[i].What)).Where(other => other.What is not null && other.What != all[0]![i].What).ToList();
            if (others.Count > 0)
            {
                output.WriteLine($"  {Corpus[i].Name}: {all[0]![i].What}; {string.Join("; ", others.Select(other => $"{other.Name} {other.What}"))}");
            }
        }

        Assert.All(Enumerable.Range(0, Corpus.Count), i => AssertClear(Corpus[i].Bytes, all[0]![i]));
    }

    // What the proxy let through is one request, whose framing and body are those that the client sent.
    private static void AssertClear(string bytes, Outcome outcome)
    {
        Assert.NotEqual("no answer", outcome.What);
        if (outcome.Received is [])
        {
            return;
        }

        var received = Assert.Single(outcome.Received);
        var body = bytes[(bytes.IndexOf("\r\n\r\n", bytes.TakeWhile(letter => letter is '\r' or '\n').Count(), StringComparison.Ordinal) + 4)..];
        Assert.NotNull(received.Framing);
        if (received.Framing == "chunked")
        {
            // A refusal may come behind the head: then no end of a body has gone on.
            Assert.Equal(StrictReader.IsChunked(RequestReading.Bytes(body)), received.IsWhole);
            Assert.True(!received.IsWhole || StrictReader.IsChunked(RequestReading.Bytes(received.Body)), received.Body);
        }
        else
        {
            var length = received.Framing == "none" ? 0 : int.Parse(received.Framing, CultureInfo.InvariantCulture);
            Assert.Equal((true, body[..length], length), (received.IsWhole, received.Body, body.Length));
        }
    }

    private static async Task<Outcome[]?> RunAsync(string? address, StrictDestination destination, TimeSpan patience)
    {
        if (address is null)
        {
            return null;
        }

        var outcomes = new List<Outcome>();
        foreach (var (_, bytes) in Corpus)
        {
            outcomes.Add(await AskAsync(address, bytes, destination, patience));
        }

        return [.. outcomes];
    }

    private static async Task<Outcome> AskAsync(string address, string bytes, StrictDestination destination, TimeSpan patience)
    {
        using var client = await RawClient.ConnectAsync(address);
        string answer;
        try
        {
            await client.SendAsync(bytes);
            answer = $"{(await client.ReadHeadAsync().WaitAsync(patience)).Status}";
        }
        catch (TimeoutException)
        {
            answer = "no answer";
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or FormatException)
        {
            answer = "hangs up";
        }

        var target = bytes.TrimStart('\r', '\n').Split(' ').ElementAtOrDefault(1);
        var received = destination.Take().Where(one => one.Target.StartsWith(OfBody, StringComparison.Ordinal) ? one.Target == target : target?.StartsWith(OfBody, StringComparison.Ordinal) != true).ToList();
        return new(received.Count == 0 ? answer : $"{answer}, lets through {string.Join(" and ", received.Select(one => one.Framing ?? "what is not clear"))}", received);
    }

    /// <param name="What">What became of it, in words.</param>
    /// <param name="Received">What the destination got.</param>
    private sealed record Outcome(string What, List<StrictDestination.Received> Received);
}
