using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.UnitTests.Clusters;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

public sealed class AttemptsTests
{
    private static readonly ClusterOptions Defaults = new();

    private static readonly ClusterOptions RetryOn503 = new() { Retry = new() { Statuses = StatusRanges.TryParse("503") } };

    // What one attempt ends in, whether another destination is asked, and what the client gets where there is none.
    public static readonly TheoryData<Outcome, bool, bool, int> Table = new()
    {
        { Outcome.Success, false, false, 200 },
        { Outcome.ServerError, false, false, 200 },
        { Outcome.ConnectFailed, true, true, 503 },
        { Outcome.CertificateRefused, true, true, 502 },
        { Outcome.ConnectTimeout, true, true, 503 },
        { Outcome.Reset, true, false, 502 },
        { Outcome.Timeout, false, false, 504 },
        { Outcome.InvalidAnswer, true, false, 502 },
        { Outcome.AnswerBroken, false, false, 502 },
        { Outcome.ClientLeft, false, false, 200 },
        { Outcome.BadRequest, false, false, 400 },
        { Outcome.Cancelled, false, false, 200 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void An_outcome_leads_on_by_the_table(Outcome outcome, bool idempotent, bool other, int status)
    {
        _ = status;
        var behaviour = outcome is Outcome.Success ? "200" : outcome is Outcome.ServerError ? "500" : outcome.ToString();

        Assert.Equal((idempotent, other), (Asks(Traits.Idempotent), Asks(Traits.None)));

        bool Asks(Traits traits)
        {
            var line = new RequestLine(Defaults, "a b", traits);
            line.Play(("a", behaviour), ("b", "200"));
            return line.Asked == "a b";
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void An_outcome_that_nothing_follows_is_told_the_client_by_the_table(Outcome outcome, bool idempotent, bool other, int status)
    {
        (_, _) = (idempotent, other);
        var line = new RequestLine(Defaults, "a", Traits.None);
        line.Next();
        if (outcome is Outcome.Success or Outcome.ServerError)
        {
            line.Head(200);
        }

        var decision = line.Ended(outcome);
        line.Abandon();

        // 200 stands for nothing to refuse: there is an answer, or nobody to get one.
        Assert.Equal((status, (RequestOutcome)outcome), (decision.Refusal?.Status ?? 200, line.EndedIn));
    }

    [Fact]
    public void Every_outcome_is_in_the_table() => Assert.Equal(Enum.GetValues<Outcome>(), Table.Select(row => row.Data.Item1));

    [Fact]
    public void In_a_panic_a_request_goes_to_one_whose_probes_fail()
    {
        var line = new RequestLine(Make.Probed with { Panic = new() { Threshold = 0.5 } }, "a");
        line.Registry.ReportProbe(line.Cluster, line.Cluster.Named("a"), Make.Failure);

        Assert.Equal(200, line.Play(("a", "200")));
    }

    [Fact]
    public void A_destination_that_asks_to_be_left_alone_is_noted()
    {
        var line = new RequestLine(Defaults, "a") { Now = 10 };
        line.Next();

        line.Head(new AnswerHead(503, 3 * TimeSpan.TicksPerSecond));

        var load = line.Cluster.Named("a").Load;
        Assert.Equal((true, false), (load.IsHeldOff(13 * TimeSpan.TicksPerSecond - 1), load.IsHeldOff(13 * TimeSpan.TicksPerSecond)));
    }

    [Fact]
    public void Without_a_destination_the_request_is_refused_at_once()
    {
        var line = new RequestLine(Defaults, "");

        Assert.Equal((503, "", RequestOutcome.NoDestination), (line.Play(), line.Asked, line.EndedIn));
    }

    [Fact]
    public void Every_destination_is_asked_once_when_all_refuse()
    {
        var names = Enumerable.Range(0, 100).Select(n => $"d{n}").ToArray();
        var line = new RequestLine(Defaults, string.Join(' ', names), Traits.None);

        var status = line.Play([.. names.Select(name => (name, "ConnectFailed"))]);

        Assert.Equal((503, string.Join(' ', names.Order())), (status, string.Join(' ', line.Asked.Split(' ').Order())));
    }

    [Fact]
    public void No_more_than_eight_that_cost_a_timeout_are_asked()
    {
        var names = Enumerable.Range(0, 40).Select(n => $"d{n}").ToArray();
        var line = new RequestLine(Defaults with { HttpRequest = new() { Timeout = TimeSpan.FromHours(1) } }, string.Join(' ', names));

        var status = line.Play([.. names.Select(name => (name, "ConnectTimeout"))]);

        Assert.Equal((503, 8), (status, line.Asked.Split(' ').Length));
    }

    [Fact]
    public void Those_that_refuse_at_once_are_not_among_the_eight()
    {
        var line = new RequestLine(Defaults, "a b c d e f g h i j");
        (string, string)[] script = [.. "abcdefghij".Select((name, i) => ($"{name}", i < 7 ? "ConnectFailed" : i < 9 ? "ConnectTimeout" : "200"))];

        Assert.Equal(200, line.Play(script));
    }

    [Theory]
    [InlineData("a", "a a a")]
    [InlineData("a b", "a b a")]
    public void Where_all_were_tried_one_that_took_the_request_gets_it_again(string destinations, string asked)
    {
        var line = new RequestLine(Defaults, destinations);

        Assert.Equal((502, asked), (line.Play(("a", "Reset"), ("b", "Reset")), line.Asked));
    }

    [Fact]
    public void One_that_took_no_connection_gets_no_second_chance()
    {
        var line = new RequestLine(Defaults, "a b");

        Assert.Equal((502, "a b a a"), (line.Play(("a", "Reset"), ("b", "ConnectFailed")), line.Asked));
    }

    // What refuses one certificate, the authority or the name, mostly refuses all of the cluster's.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(8, 5)]
    public void A_refused_certificate_counts_as_sent(int most, int asked)
    {
        var line = new RequestLine(Defaults with { Retry = new() { MaxAttempts = most } }, "a b c d e", Traits.None);

        var status = line.Play([.. "abcde".Select(name => ($"{name}", "CertificateRefused"))]);

        Assert.Equal((502, asked, RequestOutcome.CertificateRefused), (status, line.Asked.Split(' ').Length, line.EndedIn));
    }

    [Fact]
    public void A_destination_whose_certificate_was_refused_gets_no_second_chance()
    {
        var line = new RequestLine(Defaults, "a b");

        Assert.Equal((503, "a b"), (line.Play(("a", "CertificateRefused"), ("b", "ConnectFailed")), line.Asked));
    }

    // What was sent once may have been acted on, even if the last destination got nothing.
    [Fact]
    public void A_request_that_was_sent_anywhere_is_not_told_to_be_without_a_destination()
    {
        var line = new RequestLine(Defaults with { Retry = new() { MaxAttempts = 2 } }, "a b");
        line.Next();
        line.Ended(Outcome.Reset);

        Assert.Equal(502, line.Ended(Outcome.ConnectTimeout) is { Act: Act.Send } ? line.Ended(Outcome.Reset).Refusal!.Status : 0);
    }

    [Fact]
    public void A_body_that_cannot_be_sent_again_goes_nowhere_else()
    {
        var line = new RequestLine(Defaults, "a b") { CanReplay = false };

        Assert.Equal((503, "a"), (line.Play(("a", "ConnectFailed"), ("b", "200")), line.Asked));
    }

    [Fact]
    public void An_answer_with_a_status_of_the_list_is_replaced_by_that_of_another_destination()
    {
        var line = new RequestLine(RetryOn503, "a b");

        Assert.Equal((200, "a b", RequestOutcome.Success), (line.Play(("a", "503"), ("b", "200")), line.Asked, line.EndedIn));
        Assert.Equal((0, 0), (line.Cluster.Named("a").Load.InFlight, line.Cluster.Named("b").Load.InFlight));
    }

    [Fact]
    public void A_client_that_leaves_while_an_answer_is_replaced_leaves_nothing_in_flight()
    {
        var line = new RequestLine(RetryOn503, "a b");
        line.Next();
        line.Head(503);
        var inFlight = line.Cluster.Named("b").Load.InFlight;

        line.Abandon();

        Assert.Equal((1, 0, 0), (inFlight, line.Cluster.Named("a").Load.InFlight, line.Cluster.Named("b").Load.InFlight));
    }

    [Theory]
    [InlineData("a", Traits.Idempotent, true, "there is no other destination")]
    [InlineData("a b", Traits.None, true, "the method may not be repeated")]
    [InlineData("a b", Traits.Idempotent, false, "the body cannot be sent again")]
    public void Otherwise_the_answer_in_hand_is_the_answer(string destinations, object traits, bool canReplay, string because)
    {
        var line = new RequestLine(RetryOn503, destinations, (Traits)traits) { CanReplay = canReplay };
        line.Next();

        Assert.True(line.Head(503).Act == Act.Relay, because);
        line.Abandon();
    }

    [Fact]
    public void The_last_of_the_attempts_that_the_operator_allows_gives_the_answer()
    {
        var line = new RequestLine(RetryOn503, "a b c d");

        Assert.Equal((200, "a b c", RequestOutcome.ServerError), (line.Play(("a", "503"), ("b", "503"), ("c", "503"), ("d", "200")), string.Join(' ', line.Asked.Split(' ').Order()), line.EndedIn));
    }

    [Fact]
    public void A_destination_that_goes_out_between_two_attempts_is_not_asked()
    {
        var line = new RequestLine(Defaults, "a b c");
        line.Next();

        line.Registry.SetState(line.Cluster, line.Cluster.Named("b"), OperatorState.Down);
        line.Ended(Outcome.ConnectFailed);
        line.Abandon();

        Assert.Equal("a c", line.Asked);
    }

    // The places within the standing change when one goes out or comes back.
    [Theory]
    [InlineData("c", "b")]
    [InlineData("b", "a c")]
    public void What_was_tried_is_known_whatever_becomes_of_the_others(string down, string rest)
    {
        var line = new RequestLine(Defaults, "a b c");
        line.Registry.SetState(line.Cluster, line.Cluster.Named("a"), OperatorState.Down);
        var first = line.Next().Member.Name;
        line.Registry.SetState(line.Cluster, line.Cluster.Named("a"), OperatorState.Active);
        line.Registry.SetState(line.Cluster, line.Cluster.Named(down), OperatorState.Down);

        while (line.Ended(Outcome.ConnectFailed).Act == Act.Send)
        {
        }

        Assert.Equal($"b {(down == "c" ? "a" : rest)}", $"{first} {string.Join(' ', line.Asked.Split(' ')[1..].Order())}");
    }

    [Fact]
    public void A_destination_that_costs_a_timeout_is_asked_last_by_those_that_come_after()
    {
        var line = new RequestLine(Defaults, "a b c");
        line.Play(("a", "ConnectTimeout"), ("b", "200"), ("c", "200"));

        Assert.Equal("b c", line.Cluster.Standing.Candidates.Names());
    }

    [Fact]
    public void An_answer_takes_the_suspicion_away_before_it_is_passed_on()
    {
        var line = new RequestLine(Defaults, "a");
        line.Play(("a", "ConnectTimeout"));
        var suspect = line.Cluster.Named("a").IsSuspect;
        var other = new Attempts();
        other.Begin(new Proxy.Routing.Route("r", new(), line.Cluster), line.Cluster, Affinity.None, Traits.None, 0);
        other.Next(0, 0);

        other.Head(0, new AnswerHead(200), false, 0, 0);

        Assert.Equal((true, false), (suspect, line.Cluster.Named("a").IsSuspect));
        other.Abandon(0);
    }

    [Fact]
    public void The_picker_gets_the_key_of_the_request()
    {
        var picker = new SpyPicker();
        var line = new RequestLine(Defaults, "a b", affinity: Affinity.Key(42), createPicker: (in _, _) => picker);
        line.Next();
        line.Abandon();

        Assert.Equal((42UL, "a b"), (picker.Hash, picker.Seen));
    }

    [Fact]
    public void A_slot_that_is_not_open_changes_nothing()
    {
        var line = new RequestLine(Defaults, "a b");
        line.Next();
        line.Head(200);
        line.Ended(Outcome.Success);

        Assert.Equal((Act.Done, "a", 1L), (line.Ended(Outcome.Reset).Act, line.Asked, line.Cluster.Named("a").Load.Attempts));
    }

    [Fact]
    public void An_ordinary_request_allocates_nothing()
    {
        var line = new RequestLine(Defaults, "a b c");
        var route = new Proxy.Routing.Route("r", new(), line.Cluster);

        Assert.Equal(0, Allocated.By(1_000, () => Serve(route, line.Cluster)));

        static void Serve(Proxy.Routing.Route route, Cluster cluster)
        {
            Attempts attempts = default;
            attempts.Begin(route, cluster, Affinity.None, Traits.Idempotent, 0);
            attempts.Next(1, 42);
            attempts.Head(0, new AnswerHead(200), true, 2, 42);
            attempts.Ended(0, new AttemptResult(Outcome.Success, 200, true, true, 1), true, 3, 42);
            attempts.Abandon(3);
        }
    }
}
