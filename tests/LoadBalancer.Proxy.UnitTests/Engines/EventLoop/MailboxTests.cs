using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class MailboxTests
{
    private readonly Mailbox _mailbox = new();

    [Fact]
    public void Mail_comes_out_in_the_order_in_which_it_went_in()
    {
        var mail = Enumerable.Range(0, 3).Select(_ => new ActionMail(static () => { })).ToArray();
        Array.ForEach(mail, letter => _mailbox.Post(letter));

        Assert.Equal(mail, Taken());
    }

    [Fact]
    public void Only_the_first_mail_has_the_loop_woken()
    {
        var wakes = Enumerable.Range(0, 3).Select(_ => _mailbox.Post(new ActionMail(static () => { }))).ToArray();

        Assert.Equal([true, false, false], wakes);
    }

    [Fact]
    public void After_all_was_taken_the_next_mail_has_the_loop_woken_again()
    {
        _mailbox.Post(new ActionMail(static () => { }));
        Taken();

        Assert.True(_mailbox.Post(new ActionMail(static () => { })));
    }

    [Fact]
    public void Nothing_is_lost_between_threads()
    {
        const int each = 10_000;
        var opened = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < each; i++)
            {
                _mailbox.Post(new ActionMail(() => opened++));
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        while (threads.Any(thread => thread.IsAlive))
        {
            Open();
        }

        Open();

        Assert.Equal(4 * each, opened);
    }

    private void Open()
    {
        foreach (var mail in Taken())
        {
            mail.Open();
        }
    }

    private List<Mail> Taken()
    {
        var taken = new List<Mail>();
        for (var mail = _mailbox.TakeAll(); mail is not null; mail = mail.Next)
        {
            taken.Add(mail);
        }

        return taken;
    }
}
