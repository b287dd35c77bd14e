using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.UnitTests.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Acme;

public sealed class SharedChallengesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _published = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_another_proxy_has_to_answer_is_answered_here_too_as_long_as_it_is_to_be()
    {
        var (folder, shared) = (new AcmeFolder(_folder.Path), new SharedChallenges(Publish));
        shared.Look(folder);
        using (folder.Share(new ChallengeAnswer(AcmeChallengeType.TlsAlpn01, "b.example", "t-1", "t-1.x")))
        {
            shared.Look(folder);
            shared.Look(folder);
        }

        var before = string.Join(',', _published);
        shared.Look(folder);

        Assert.Equal(("TlsAlpn01 b.example t-1 t-1.x", "TlsAlpn01 b.example t-1 t-1.x,ended"), (before, string.Join(',', _published)));
    }

    [Theory]
    [InlineData("t-1", "")]
    [InlineData("t-1", "Dns01\nb.example\nt-1.x\n")]
    [InlineData("t-1", "Http01\nb.example\n")]
    [InlineData("t-1.5ab.next", "Http01\nb.example\nt-1.x\n")]
    public void What_is_no_challenge_is_passed_over(string file, string text)
    {
        Directory.CreateDirectory(_folder["challenges"]);
        _folder.Write($"challenges/{file}", text);

        new SharedChallenges(Publish).Look(new AcmeFolder(_folder.Path));

        Assert.Empty(_published);
    }

    private Ending Publish(ChallengeAnswer answer)
    {
        _published.Add($"{answer.Type} {answer.Name} {answer.Token} {answer.KeyAuthorization}");
        return new Ending(() => _published.Add("ended"));
    }
}
