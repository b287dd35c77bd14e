using System.Net;
using System.Text;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Proxy.UnitTests.Configuration;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

/// <summary>From the request to the file.</summary>
public sealed class AccessLogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordedLogs _logs = new();
    private readonly MeterReadings _readings = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly AccessLog _log;

    public AccessLogTests() => _log = new AccessLog(new ProxyMetrics(_readings.Factory), _clock, LoggerFactory.Create(logging => logging.AddProvider(_logs)).CreateLogger<AccessLog>());

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
        _readings.Dispose();
    }

    [Fact]
    public void Lines_go_where_the_log_leads_and_those_under_way_where_it_led_before()
    {
        _log.Follow(Target("one"));
        Write("/1", "/2");
        _log.Follow(Target("two"));
        Write("/3");
        _log.Dispose();
        Write("/lost");

        Assert.Equal("/1 /2", Lines("one"));
        Assert.Equal("/3", Lines("two"));
    }

    [Fact]
    public void Of_many_threads_no_line_is_lost_or_torn_while_the_log_moves()
    {
        const int threads = 4, each = 2000;
        _log.Follow(Target("0"));
        var writers = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            for (var i = 0; i < each; i++)
            {
                Write($"/{number}/{i}");
            }
        })).ToList();
        writers.ForEach(writer => writer.Start());
        for (var move = 1; move <= 20; move++)
        {
            _log.Follow(Target($"{move % 3}"));
        }

        writers.ForEach(writer => writer.Join());
        _log.Dispose();

        var written = string.Join(' ', Enumerable.Range(0, 3).Select(file => Lines($"{file}"))).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(threads * each, written.Distinct().Count());
        Assert.Equal(threads * each, written.Length);
    }

    [Fact]
    public async Task A_file_that_was_moved_away_is_begun_anew()
    {
        _log.Follow(Target("log"));
        Write("/1");
        await Eventually.HoldsAsync(() => Lines("log") == "/1", "the line is there");

        File.Move(_folder["log"], _folder["log.1"]);
        Write("/2");
        await Eventually.HoldsAsync(() => File.Exists(_folder["log"]) && Lines("log") == "/2", "the next line is in a new file");

        Assert.Equal("/1", Lines("log.1"));
    }

    [Fact]
    public async Task A_file_in_place_of_the_one_that_was_moved_away_is_found()
    {
        _log.Follow(Target("log"));
        Write("/1");
        await Eventually.HoldsAsync(() => Lines("log") == "/1", "the line is there");

        File.Move(_folder["log"], _folder["log.1"]);
        _folder.Write("log", "");
        Write("/2");

        await Eventually.HoldsAsync(() => Lines("log") == "/2", "the next line is in the new file");
    }

    [Fact]
    public async Task A_file_that_was_cut_short_goes_on_from_its_beginning()
    {
        _log.Follow(Target("log"));
        Write("/1");
        await Eventually.HoldsAsync(() => Lines("log") == "/1", "the line is there");

        using (var file = File.Open(_folder["log"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(0);
        }

        Write("/2");
        await Eventually.HoldsAsync(() => Lines("log") == "/2", "nothing stands before the next line");
    }

    [Fact]
    public void A_file_is_for_its_owner_and_group()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have other rights there.");

        _log.Follow(Target("log"));

        // The user's mask may keep the group out.
        var mode = OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(_folder["log"]) | UnixFileMode.GroupRead;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, mode);
    }

    [Fact]
    public async Task Lines_that_cannot_be_written_are_counted_and_told_of_once()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no device that is always full.");
        _log.Follow(new AccessLogTarget(LogFile.Open("/dev/full"), AccessLine.Combined, 100_000));

        Write("/1", "/2");
        await Eventually.HoldsAsync(() => _logs.Records.Count == 2, "it is told");
        Write("/3");
        _log.Dispose();

        Assert.Equal([LogLevel.Error, LogLevel.Warning], _logs.Records.Select(record => record.Level));
        Assert.StartsWith("the access log cannot be written, its lines are lost: ", _logs.Records[0].Message, StringComparison.Ordinal);
        Assert.Equal(["lb.access_log.dropped 2 ", "lb.access_log.dropped 1 "], _readings.Measured);
    }

    [Fact]
    public void What_the_queue_has_no_room_for_is_dropped_and_counted_until_there_is_room_again()
    {
        using var queue = new LineQueue(10);
        Assert.True(queue.TryAdd("12345\n"u8));
        Assert.True(queue.TryAdd("12345\n"u8));

        var taken = queue.Take(out var dropped, out var isClosed);
        Assert.Equal((1, false, 6), (dropped, isClosed, Assert.Single(taken).Length));
        Assert.True(queue.TryAdd("12345\n"u8));
        queue.Return(taken);
        Assert.True(queue.TryAdd("12345\n"u8));

        taken = queue.Take(out dropped, out _);
        Assert.Equal((1, 6), (dropped, Assert.Single(taken).Length));
    }

    [Fact]
    public void A_queue_that_is_closed_takes_nothing_and_keeps_what_it_has()
    {
        using var queue = new LineQueue(100);
        queue.TryAdd("1\n"u8);
        queue.Close();

        Assert.False(queue.TryAdd("2\n"u8));
        Assert.Equal("1\n", Encoding.ASCII.GetString(Assert.Single(queue.Take(out _, out var isClosed)).Lines));
        Assert.True(isClosed);
    }

    [Fact]
    public void A_line_that_is_longer_than_a_piece_of_the_queue_is_whole()
    {
        using var queue = new LineQueue(1_000_000);
        queue.TryAdd("short\n"u8);
        queue.TryAdd(Encoding.ASCII.GetBytes(new string('x', 100_000) + "\n"));
        queue.TryAdd("short\n"u8);

        Assert.Equal([6, 100_001, 6], queue.Take(out _, out _).Select(chunk => chunk.Length));
    }

    private AccessLogTarget Target(string file) => new(LogFile.Open(_folder[file]), AccessLine.Combined, 10_000_000);

    private string Lines(string file) => !File.Exists(_folder[file]) ? "" : string.Join(' ', File.ReadAllLines(_folder[file]).Select(line => line.Split(' ')[6]));

    private void Write(params string[] targets)
    {
        foreach (var target in targets)
        {
            _log.Write(new AccessEntry
            {
                Time = DateTimeOffset.UnixEpoch,
                Client = IPAddress.Loopback,
                Method = "GET",
                Target = target,
                Host = default,
                Protocol = "HTTP/1.1",
                Fields = new NoFields(),
                RequestId = default,
                Status = 200,
                Bytes = 0,
                Route = null,
                Cluster = null,
                Destination = null,
                Attempts = 0,
                Total = 0,
                Connect = null,
                FirstByte = null,
                Outcome = "success",
            });
        }
    }

    private sealed class NoFields : IFields
    {
        public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
        {
            value = default;
            return false;
        }
    }
}
