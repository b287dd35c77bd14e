using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class StandingTests
{
    private readonly SpyPicker _picker = new();

    [Fact]
    public void At_first_all_that_are_available_are_candidates()
    {
        Pick(Standing("a", "b", "c"));

        Assert.Equal("a b c", _picker.Seen);
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    [InlineData("c a", "b")]
    [InlineData("c a b", "")]
    public void What_was_tried_is_not_picked(string tried, string picked)
    {
        var standing = Standing("a", "b", "c");

        Assert.Equal(picked, Pick(standing, tried));
    }

    [Fact]
    public void Without_destinations_none_is_picked()
    {
        Assert.Equal("", Pick(Standing()));
        Assert.Null(_picker.Seen);
    }

    [Fact]
    public void The_unhealthy_are_members_and_not_available()
    {
        var members = Members("a", "b", "c");
        members[1].Destination.Observe_NeedsLock(Make.Failure, 1, 1, DateTimeOffset.UnixEpoch);

        var standing = Make.Standing(_picker, members);

        Assert.Equal(("a b c", "a c"), (standing.Members.Names(), standing.Available.Names()));
    }

    [Fact]
    public void A_standing_does_not_change_when_a_verdict_does_but_knows_that_it_is_old()
    {
        var members = Members("a", "b");
        var standing = Make.Standing(_picker, members);

        members[0].Destination.Observe_NeedsLock(Make.Failure, 1, 1, DateTimeOffset.UnixEpoch);

        Assert.Equal(("a b", false), (standing.Available.Names(), standing.IsCurrent(new(), now: 0)));
    }

    [Fact]
    public void The_suspect_are_picked_when_all_others_were_tried()
    {
        var members = Members("a", "b", "c");
        Suspect(members[0]);
        var standing = Make.Standing(_picker, members);

        Assert.Equal(("b", "c", "a", ""), (Pick(standing), Pick(standing, "b"), Pick(standing, "b c"), Pick(standing, "a b c")));
    }

    [Fact]
    public void Where_all_are_suspect_the_picker_chooses_among_all()
    {
        var members = Members("a", "b");
        Array.ForEach(members, Suspect);

        Pick(Make.Standing(_picker, members));

        Assert.Equal("a b", _picker.Seen);
    }

    private static void Suspect(Member member)
    {
        member.Destination.TryBegin();
        member.Destination.End(new AttemptResult(Outcome.ConnectTimeout), now: 0);
    }

    private static Member[] Members(params string[] names) => Array.ConvertAll(names, name => Make.Member(name));

    private static string Pick(Standing standing, string tried = "")
    {
        Tried bits = default;
        for (var index = 0; index < standing.Available.Length; index++)
        {
            if (tried.Contains(standing.Available[index].Name, StringComparison.Ordinal))
            {
                bits.Add(index);
            }
        }

        var picked = standing.Pick(bits, null, 0, 0);
        return picked < 0 ? "" : standing.Available[picked].Name;
    }

    private Standing Standing(params string[] names) => Make.Standing(_picker, Members(names));
}

public sealed class TriedTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1_000)]
    public void It_holds_any_number_of_candidates(int count)
    {
        Tried tried = default;
        for (var index = 0; index < count; index += 3)
        {
            tried.Add(index);
        }

        Assert.All(Enumerable.Range(0, count + 200), index => Assert.Equal(index < count && index % 3 == 0, tried.Contains(index)));
        Assert.Equal((count + 2) / 3, tried.CountBelow(count));
        Assert.False(tried.IsEmpty);
        tried.Clear();
        Assert.True(tried.IsEmpty);
    }

    [Fact]
    public void What_it_rents_was_wiped_of_what_others_left_in_it()
    {
        Tried first = default;
        first.Add(500);
        first.Clear();
        Tried second = default;
        second.Add(700);

        Assert.Equal((false, 1), (second.Contains(500), second.CountBelow(1_000)));
    }

    [Fact]
    public void What_lies_beyond_a_count_is_not_counted()
    {
        Tried tried = default;
        tried.Add(3);
        tried.Add(70);

        Assert.Equal((0, 1, 1, 2), (tried.CountBelow(3), tried.CountBelow(64), tried.CountBelow(70), tried.CountBelow(71)));
    }
}
