using System.Buffers;
using System.Buffers.Text;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks the authority that certificates are obtained from, and the names; a part of <see cref="LoadBalancerOptionsValidator"/>.</summary>
internal static class AcmeValidator
{
    private const string Path = nameof(LoadBalancerOptions.Acme);
    private const int LongestName = 253;

    // What an address in a URL cannot have as it is, or would have for another one (RFC 6068, 2).
    private static readonly SearchValues<char> NotInAddress = SearchValues.Create(" ,;:?&<>\"");

    /// <summary>Reports every error.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="report">Takes the path and the message of an error.</param>
    public static void Check(LoadBalancerOptions options, Action<string, string> report)
    {
        foreach (var (name, listener) in options.Listeners)
        {
            CheckNames($"Listeners:{name}:Tls:Acme", listener.Tls.Acme, report);
        }

        var wanting = options.Listeners.FirstOrDefault(listener => listener.Value.Tls.Acme.Count > 0).Key;
        if (options.Acme is not { } acme)
        {
            if (wanting is not null)
            {
                report(Path, $"is missing: Listeners:{wanting}:Tls:Acme has names, and {Path} says from whom their certificates are obtained and where they are kept");
            }

            return;
        }

        if (wanting is null)
        {
            report(Path, "has no effect: no listener has names in Tls:Acme");
        }

        CheckAuthority(acme, report);
        if (acme.Challenge == AcmeChallengeType.Http01 && !options.Listeners.Values.Any(listener => listener.Url.StartsWith("http:", StringComparison.OrdinalIgnoreCase)))
        {
            report($"{Path}:{nameof(acme.Challenge)}", "Http01 is asked for over plain HTTP, on port 80, and no listener is http://: add one, or write TlsAlpn01");
        }
    }

    private static void CheckAuthority(AcmeOptions acme, Action<string, string> report)
    {
        if (!Uri.TryCreate(acme.Directory, UriKind.Absolute, out var directory) || directory.Scheme != Uri.UriSchemeHttps || directory.UserInfo.Length > 0)
        {
            report($"{Path}:{nameof(acme.Directory)}", $"'{acme.Directory}' is not the URL of a directory: write https://acme.example.com/directory");
        }

        if (!acme.AcceptTermsOfService)
        {
            report($"{Path}:{nameof(acme.AcceptTermsOfService)}", "must be true: the authority gives certificates only to who agrees to its terms of service");
        }

        if (acme.Email is { } email && !IsAddress(email))
        {
            report($"{Path}:{nameof(acme.Email)}", $"'{email}' is not an address such as admin@example.com");
        }

        // The value is a secret, and stays out of the message.
        if (acme.ExternalBinding is { Secret: { Length: > 0 } secret } && !Base64Url.IsValid(secret))
        {
            report($"{Path}:{nameof(acme.ExternalBinding)}:Secret", "is not base64url: letters, digits, '-' and '_', as the authority has told it");
        }
    }

    private static void CheckNames(string path, IReadOnlyList<string> names, Action<string, string> report)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < names.Count; index++)
        {
            var name = names[index];
            var error = name.StartsWith("*.", StringComparison.Ordinal) ? $"'{name}' stands for many names, which neither challenge can prove: write each name"
                : Uri.CheckHostName(name) is UriHostNameType.IPv4 or UriHostNameType.IPv6 ? $"'{name}' is an address, and certificates are obtained for names"
                : !IsName(name) ? $"'{name}' is not the name of a host, in ASCII and without a dot at its end"
                : !seen.Add(name) ? $"'{name}' is there already"
                : null;
            if (error is not null)
            {
                report($"{path}:{index}", error);
            }
        }
    }

    // It becomes the name of a file as well.
    private static bool IsName(string name) => name.Length is > 0 and <= LongestName && name.Split('.').All(label =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'));

    private static bool IsAddress(string email) =>
        email.IndexOf('@') is > 0 and var at && at == email.LastIndexOf('@') && at < email.Length - 1 && !email.AsSpan().ContainsAny(NotInAddress) && !email.AsSpan().ContainsAnyExceptInRange('!', '~');
}
