using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Proxy.UnitTests;
using LoadBalancer.Proxy.UnitTests.Engines.Kestrel;
using LoadBalancer.Proxy.UnitTests.Telemetry;
using LoadBalancer.Testing;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Two sends of a hedge, the timer and the client's abort, on threads of their own. Without sockets, but too many for the unit tests, which are to take seconds.</summary>
public sealed class ExchangeRaceTests
{
    private const int Rounds = 100_000;
    private const int Lanes = 2;

    private static readonly ClusterOptions Hedged = new()
    {
        HttpRequest = new() { Timeout = TimeSpan.FromSeconds(10), ActivityTimeout = TimeSpan.FromSeconds(8) },
        Hedge = new() { Delay = TimeSpan.FromSeconds(1) },
    };

    [Fact]
    [SuppressMessage("ApiDesign", "RS0030", Justification = "Only the collector finds an exception that nobody has looked at.")]
    public async Task However_they_race_nothing_stays_in_flight_and_each_request_ends_once()
    {
        var unobserved = new ConcurrentQueue<Exception>();
        void Observe(object? sender, UnobservedTaskExceptionEventArgs args)
        {
            // Other tests of this process are none of this one's business.
            if (args.Exception.ToString().Contains(typeof(Exchange).FullName!, StringComparison.Ordinal))
            {
                unobserved.Enqueue(args.Exception);
            }
        }

        var lanes = Enumerable.Range(0, Lanes).Select(_ => new Lane()).ToArray();
        TaskScheduler.UnobservedTaskException += Observe;
        try
        {
            await Task.WhenAll(lanes.Select((lane, number) => Task.Run(() => lane.RunAsync(number * Rounds, Rounds / Lanes))));
            GC.Collect();
            GC.WaitForPendingFinalizers();

            Assert.Empty(unobserved);
            Assert.Equal(Rounds, lanes.Sum(lane => lane.Requests));

            // Else the test would show nothing: each way to end, and both to win.
            Assert.All(
                [RequestOutcome.Success, RequestOutcome.ClientLeft, RequestOutcome.Timeout, RequestOutcome.Reset],
                outcome => Assert.True(lanes.Sum(lane => lane.Ends.GetValueOrDefault(outcome)) > Rounds / 1_000, $"{outcome} was rare: {string.Join(", ", lanes[0].Ends)}"));
            Assert.True(lanes.Sum(lane => lane.WonBySecond) > Rounds / 100 && lanes.Sum(lane => lane.WonByFirst) > Rounds / 100, "hardly a race");
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Observe;
            Array.ForEach(lanes, lane => lane.Dispose());
        }
    }

    /// <summary>One request after the other, each raced by whoever has to do with it.</summary>
    private sealed class Lane : IDisposable
    {
        private static readonly byte[] Body = [.. Enumerable.Range(0, 1_000).Select(n => (byte)n)];

        private readonly MeterFactory _meters = new();
        private readonly MeterListener _listener = new();
        private readonly ManualTimeProvider _clock = new();
        private readonly Wire _wire = new();
        private readonly EngineServices _services;
        private readonly Cluster _cluster = Make.Cluster(Hedged, "a", "b", "c");
        private readonly Route _route;
        private long _requests;

        public Lane()
        {
            _services = Make.Engine(_clock, _wire, new ProxyMetrics(_meters));
            _route = new Route("r", new(), _cluster);
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                // The first is told of what it counts when the second is read.
                if (instrument.Name is "lb.requests" or "lb.destination.inflight" && ReferenceEquals(instrument.Meter.Scope, _meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _requests, value));
            _listener.Start();
        }

        public long Requests
        {
            get
            {
                _listener.RecordObservableInstruments();
                return Volatile.Read(ref _requests);
            }
        }

        public Dictionary<RequestOutcome, int> Ends { get; } = [];

        public int WonByFirst { get; private set; }

        public int WonBySecond { get; private set; }

        public async Task RunAsync(int firstSeed, int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                await RunAsync(firstSeed + round);
            }
        }

        public void Dispose()
        {
            _listener.Dispose();
            _meters.Dispose();
            _wire.Dispose();
        }

        private async Task RunAsync(int seed)
        {
            var random = new Random(seed);
            _wire.Begin(random);
            using var abort = new CancellationTokenSource();
            var asking = new Asking(random.Next(4) == 0 ? "PUT" : "GET");
            asking.Context.RequestAborted = abort.Token;
            using var message = new HttpRequestMessage(HttpMethod.Parse(asking.Context.Request.Method), "http://destination");
            if (message.Method == HttpMethod.Put)
            {
                asking.Context.Features.Set<IHttpRequestBodyDetectionFeature>(new HasBody());
                message.Content = new ByteArrayContent(Body);
            }

            using var exchange = new Exchange(asking.Context, _services);
            exchange.Begin(_route, _cluster, Affinity.None);
            var (abortAfter, timeAfter, step) = (random.Next(3) == 0 ? random.Next(80) : -1, random.Next(40), TimeSpan.FromSeconds(random.Next(1, 6)));
            var leaving = abortAfter < 0 ? Task.CompletedTask : Task.Run(() => { Thread.SpinWait(abortAfter); abort.Cancel(); });
            var sending = exchange.SendAsync(message, CancellationToken.None).InTime();
            var passing = Task.Run(() => { Thread.SpinWait(timeAfter); return PassTimeAsync(sending, step); });
            try
            {
                var answer = await sending;
                Count(answer);
                if (random.Next(2) == 0)
                {
                    exchange.Complete();
                }
            }
            finally
            {
                await exchange.EndAsync(ForwarderError.None).AsTask().InTime();
                Assert.True(_wire.UnderWay == 0, $"seed {seed}: an attempt goes on after the request has ended");
                exchange.Finish();
            }

            Ends[exchange.Outcome] = Ends.GetValueOrDefault(exchange.Outcome) + 1;
            await leaving;
            await passing;
            await _wire.EndAsync();
            Check(exchange, seed);
        }

        // As often as it takes, so that a request always ends. Whoever waits for a thread goes first.
        private async Task PassTimeAsync(Task until, TimeSpan step)
        {
            do
            {
                _clock.Advance(step);
                await Task.Yield();
            }
            while (!until.IsCompleted);
        }

        private void Count(HttpResponseMessage answer)
        {
            if (!ReferenceEquals(answer, Exchange.Refused))
            {
                _wire.Relayed();
                _ = _wire.IsOfFirst(answer) ? WonByFirst++ : WonBySecond++;
            }
        }

        private void Check(Exchange exchange, int seed)
        {
            var loads = _cluster.Standing.Members.ToArray().Select(member => member.Destination.Load).ToArray();
            Assert.True(loads.All(load => load.InFlight == 0), $"seed {seed}: {string.Join(' ', loads.Select(load => load.InFlight))} in flight after {exchange.Outcome}");
            Assert.True(loads.Sum(load => load.Attempts) == _wire.Sent, $"seed {seed}: an attempt has not ended once");
            Assert.True(_wire.Undisposed == 0, $"seed {seed}: {_wire.Undisposed} answers that came too late were kept");
            Assert.True(_wire.AreBodiesRight(Body), $"seed {seed}: a body was not that of the client");
        }

        private sealed class HasBody : IHttpRequestBodyDetectionFeature
        {
            public bool CanHaveBody => true;
        }
    }

    /// <summary>Destinations that answer, break off or hang, at once or on another thread.</summary>
    private sealed class Wire : HttpMessageHandler
    {
        private readonly ConcurrentQueue<(byte[] Bytes, bool IsWhole)> _bodies = new();
        private readonly ConcurrentQueue<Task> _answering = new();
        private Random _random = new(0);
        private HttpRequestMessage? _first;
        private int _sent;
        private int _underWay;
        private int _delivered;
        private int _disposed;
        private int _relayed;

        public int Sent => Volatile.Read(ref _sent);

        public int UnderWay => Volatile.Read(ref _underWay);

        public int Undisposed => Volatile.Read(ref _delivered) - Volatile.Read(ref _disposed) - _relayed;

        public void Begin(Random random)
        {
            _random = random;
            (_delivered, _disposed, _relayed, _first) = (0, 0, 0, null);
            _bodies.Clear();
        }

        public void Relayed() => _relayed++;

        // Some answer nobody any more.
        public async Task EndAsync()
        {
            while (_answering.TryDequeue(out var answering))
            {
                await answering;
            }
        }

        public bool IsOfFirst(HttpResponseMessage answer) => answer.RequestMessage == _first;

        public bool AreBodiesRight(byte[] expected) => _bodies.All(body => expected.AsSpan().StartsWith(body.Bytes) && (!body.IsWhole || body.Bytes.Length == expected.Length));

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _sent);
            _first ??= request;
            int behaviour, spin;
            lock (_random)
            {
                (behaviour, spin) = (_random.Next(20), _random.Next(60));
            }

            Interlocked.Increment(ref _underWay);
            try
            {
                AttemptUri.EncodingOf(RequestId.Header, request);
                if (request.Content is { } content)
                {
                    await SendAsync(content, cancellationToken);
                }

                return await AnswerAsync(request, behaviour, spin, cancellationToken);
            }
            catch (OperationCanceledException) when (spin % 2 == 0)
            {
                // Whoever cancels does not always see the end at once.
                await Task.Yield();
                throw;
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        }

        private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, int behaviour, int spin, CancellationToken cancellationToken)
        {
            var head = new TaskCompletionSource<HttpResponseMessage>();
            if (behaviour < 2)
            {
                Answer(head, request, behaviour == 0);
            }
            else if (behaviour < 14)
            {
                _answering.Enqueue(Task.Run(() => { Thread.SpinWait(spin); Answer(head, request, behaviour > 3); }, CancellationToken.None));
            }

            // Else it hangs.
            await using (cancellationToken.UnsafeRegister(static (head, token) => ((TaskCompletionSource<HttpResponseMessage>)head!).TrySetCanceled(token), head))
            {
                return await head.Task;
            }
        }

        private async Task SendAsync(HttpContent content, CancellationToken cancellationToken)
        {
            var sent = new MemoryStream();
            var isWhole = false;
            try
            {
                await content.CopyToAsync(sent, cancellationToken);
                isWhole = true;
            }
            finally
            {
                _bodies.Enqueue((sent.ToArray(), isWhole));
            }
        }

        private void Answer(TaskCompletionSource<HttpResponseMessage> head, HttpRequestMessage request, bool isAnswer)
        {
            if (!isAnswer)
            {
                head.TrySetException(new HttpRequestException("", new IOException("The connection was reset.")));
                return;
            }

            // It is counted before whoever waits for it goes on, here and now.
            Interlocked.Increment(ref _delivered);
            if (!head.TrySetResult(new HttpResponseMessage { RequestMessage = request, Content = new CountedContent(this) }))
            {
                Interlocked.Decrement(ref _delivered);
            }
        }

        private sealed class CountedContent(Wire wire) : HttpContent
        {
            protected override void Dispose(bool disposing)
            {
                Interlocked.Increment(ref wire._disposed);
                base.Dispose(disposing);
            }

            protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => Task.CompletedTask;

            protected override bool TryComputeLength(out long length)
            {
                length = 0;
                return true;
            }
        }
    }
}
