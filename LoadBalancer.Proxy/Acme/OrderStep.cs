namespace LoadBalancer.Proxy.Acme;

/// <summary>What is to be done next for an order.</summary>
internal enum OrderAct
{
    /// <summary>Answer a challenge.</summary>
    Answer,

    /// <summary>Look again later.</summary>
    Wait,

    /// <summary>Ask for the certificate.</summary>
    Finalize,

    /// <summary>Take it.</summary>
    Download,

    /// <summary>Nothing comes of it.</summary>
    Fail,
}

/// <summary>The next step of an order (RFC 8555, 7.1.6).</summary>
/// <param name="Act">What is to be done.</param>
/// <param name="Name">The name whose challenge is to be answered.</param>
/// <param name="Challenge">The challenge.</param>
/// <param name="Error">Why nothing comes of it.</param>
internal sealed record OrderStep(OrderAct Act, string Name = "", AcmeChallenge? Challenge = null, string Error = "")
{
    /// <summary>Says what is next.</summary>
    /// <param name="order">The order as it is now.</param>
    /// <param name="authorizations">Its authorizations as they are now; none are needed unless it is pending or invalid.</param>
    /// <param name="type">The type of the challenges that can be answered.</param>
    /// <param name="answered">The challenges that have been.</param>
    public static OrderStep After(AcmeOrder order, IReadOnlyList<AcmeAuthorization> authorizations, string type, IReadOnlySet<Uri> answered) => order.Status switch
    {
        "pending" => Prove(authorizations, type, answered),
        "ready" => order.Finalize is null ? Fail("the order says no URL to finalize it") : new(OrderAct.Finalize),
        "processing" => new(OrderAct.Wait),
        "valid" => order.Certificate is null ? Fail("the order says no URL of the certificate") : new(OrderAct.Download),
        "invalid" => Fail(authorizations.Select(authorization => ErrorOf(authorization, type)).FirstOrDefault(error => error is not null) ?? order.Error?.ToString() ?? "the order has become invalid"),
        var other => Fail($"the order has the status '{other}'"),
    };

    private static OrderStep Prove(IReadOnlyList<AcmeAuthorization> authorizations, string type, IReadOnlySet<Uri> answered)
    {
        foreach (var authorization in authorizations)
        {
            switch (authorization.Status)
            {
                case "valid":
                    continue;
                case "pending":
                    var name = authorization.Identifier?.Value ?? "";
                    if (authorization.Challenges?.FirstOrDefault(one => one.Type == type) is not { Url: { } url, Token: { } token } challenge)
                    {
                        return Fail($"{name}: the authority offers no challenge of the type {type}");
                    }

                    if (!IsToken(token))
                    {
                        return Fail($"{name}: the token of the challenge has characters that it must not have");
                    }

                    if (!answered.Contains(url))
                    {
                        return new(OrderAct.Answer, name, challenge);
                    }

                    break;
                default:
                    return Fail(ErrorOf(authorization, type) ?? $"{authorization.Identifier?.Value}: the authorization has the status '{authorization.Status}'");
            }
        }

        return new(OrderAct.Wait);
    }

    private static string? ErrorOf(AcmeAuthorization authorization, string type) =>
        authorization.Challenges?.FirstOrDefault(one => one.Type == type)?.Error is { } error ? $"{authorization.Identifier?.Value}: {error}" : null;

    // It becomes a path (RFC 8555, 8.3).
    private static bool IsToken(string token) => token.Length > 0 && token.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    private static OrderStep Fail(string error) => new(OrderAct.Fail, Error: error);
}
