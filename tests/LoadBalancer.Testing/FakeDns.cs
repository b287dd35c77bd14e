using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadBalancer.Testing;

/// <summary>A DNS server (RFC 1035) that answers as the test says, rightly or wrongly, over UDP and TCP on one port of loopback.</summary>
public sealed class FakeDns : IAsyncDisposable
{
    private const int A = 1, Alias = 5, Aaaa = 28, Srv = 33;
    private const int NoSuchName = 3;

    private readonly ConcurrentDictionary<string, DnsEntry[]> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<string> _questions = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly Task _serving;

    public FakeDns()
    {
        (_udp, _tcp) = Bind();
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    /// <summary>Where it is asked, as <c>127.0.0.1:port</c>.</summary>
    public string Address => _udp.LocalEndPoint!.ToString()!;

    /// <summary>What is wrong with every answer.</summary>
    public DnsFault Fault { get; set; }

    /// <summary>The type of records, <c>A</c>, <c>AAAA</c> or <c>SRV</c>, for which it fails; null for none.</summary>
    public string? FailsFor { get; set; }

    /// <summary>What it was asked, each as <c>tcp|udp type name</c>.</summary>
    public IReadOnlyList<string> Questions => [.. _questions];

    /// <summary>Lets a name have these addresses; none of them, and it is there without any.</summary>
    public FakeDns Set(string name, int timeToLive, params string[] addresses)
    {
        _entries[name] = Array.ConvertAll(addresses, address => IPAddress.Parse(address) is var ip && ip.AddressFamily == AddressFamily.InterNetwork
            ? new DnsEntry(A, timeToLive, ip.GetAddressBytes())
            : new DnsEntry(Aaaa, timeToLive, ip.GetAddressBytes()));
        return this;
    }

    /// <summary>Lets a name have these addresses too.</summary>
    public FakeDns Add(string name, int timeToLive, params string[] addresses)
    {
        var before = _entries[name];
        Set(name, timeToLive, addresses);
        _entries[name] = [.. before, .. _entries[name]];
        return this;
    }

    /// <summary>Lets a name have these services, each <c>priority weight port target</c>.</summary>
    public FakeDns SetServices(string name, int timeToLive, params string[] services)
    {
        _entries[name] = Array.ConvertAll(services, service =>
        {
            var words = service.Split(' ');
            var data = new byte[6];
            for (var i = 0; i < 3; i++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(2 * i), ushort.Parse(words[i], null));
            }

            return new DnsEntry(Srv, timeToLive, [.. data, .. Labels(words[3])]);
        });
        return this;
    }

    /// <summary>Lets a name stand for another.</summary>
    public FakeDns SetAlias(string name, int timeToLive, string target)
    {
        _entries[name] = [new DnsEntry(Alias, timeToLive, Labels(target), target)];
        return this;
    }

    /// <summary>Lets a name be unknown.</summary>
    public void Forget(string name) => _entries.TryRemove(name, out _);

    /// <summary>Waits until it was asked so often more.</summary>
    public Task WaitForQuestionsAsync(int more)
    {
        var count = _questions.Count + more;
        return Eventually.HoldsAsync(() => _questions.Count >= count, $"the DNS server is asked {more} times more");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _udp.Dispose();
        _tcp.Dispose();
        _stopping.Dispose();
    }

    // Whatever port the system gives to one may be taken for the other.
    private static (Socket Udp, Socket Tcp) Bind()
    {
        while (true)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen();
                return (udp, tcp);
            }
            catch (SocketException)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        while (true)
        {
            var received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
            if (Answer(buffer.AsSpan(0, received.ReceivedBytes), isUdp: true) is { } answer)
            {
                await _udp.SendToAsync(answer, received.RemoteEndPoint, _stopping.Token);
            }
        }
    }

    private async Task ServeTcpAsync()
    {
        while (true)
        {
            using var socket = await _tcp.AcceptAsync(_stopping.Token);
            await using var stream = new NetworkStream(socket);
            try
            {
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stopping.Token);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stopping.Token);
                if (Answer(question, isUdp: false) is { } answer)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                    await stream.WriteAsync((byte[])[.. length, .. answer], _stopping.Token);
                }
            }
            catch (IOException)
            {
                // Whoever asked has gone.
            }
        }
    }

    private byte[]? Answer(ReadOnlySpan<byte> question, bool isUdp)
    {
        var (name, end) = ReadName(question);
        var type = BinaryPrimitives.ReadUInt16BigEndian(question[end..]);
        var kind = type switch { A => "A", Aaaa => "AAAA", Srv => "SRV", _ => $"{type}" };
        _questions.Enqueue($"{(isUdp ? "udp" : "tcp")} {kind} {name}");
        if (Fault == DnsFault.Silence)
        {
            return null;
        }

        var isTruncated = Fault == DnsFault.Truncation && isUdp;
        var code = Fault == DnsFault.ServerFailure || kind == FailsFor ? 2 : _entries.ContainsKey(name) ? 0 : NoSuchName;
        var records = code == 0 && !isTruncated ? Find(name, type) : [];

        // Answer, authoritative, recursion as asked and available, one question.
        List<byte> answer = [.. question[..2], (byte)(0x84 | (question[2] & 1) | (isTruncated ? 2 : 0)), (byte)(0x80 | code), 0, 1, .. Number(records.Count), 0, 0, 0, 0];
        answer.AddRange(question[12..(end + 4)]);
        foreach (var (owner, entry) in records)
        {
            answer.AddRange([.. Labels(owner), .. Number(entry.Type), 0, 1, 0, 0, .. Number(entry.TimeToLive), .. Number(entry.Data.Length), .. entry.Data]);
        }

        return [.. answer];
    }

    private List<(string Owner, DnsEntry Entry)> Find(string name, int type)
    {
        var found = new List<(string, DnsEntry)>();
        foreach (var entry in _entries.GetValueOrDefault(name, []))
        {
            if (entry.Type == type || entry.Type == Alias)
            {
                found.Add((name, entry));
            }

            if (entry.Target is { } target)
            {
                found.AddRange(Find(target, type));
            }
        }

        return found;
    }

    private static (string Name, int End) ReadName(ReadOnlySpan<byte> message)
    {
        var (labels, at) = (new List<string>(), 12);
        while (message[at] is > 0 and var length)
        {
            labels.Add(Encoding.ASCII.GetString(message.Slice(at + 1, length)));
            at += length + 1;
        }

        return (string.Join('.', labels), at + 1);
    }

    private static byte[] Labels(string name) => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];

    private sealed record DnsEntry(int Type, int TimeToLive, byte[] Data, string? Target = null);
}

/// <summary>What may be wrong with a DNS server.</summary>
public enum DnsFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It fails (SERVFAIL).</summary>
    ServerFailure,

    /// <summary>It does not answer.</summary>
    Silence,

    /// <summary>Over UDP it says no more than that the answer is too long.</summary>
    Truncation,
}
