using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Checks the listeners of clients and operator; a part of <see cref="LoadBalancerOptionsValidator"/>.</summary>
internal sealed class ListenerValidator(ServerCertificates certificates, Action<string, string> report)
{
    private readonly Dictionary<ListenAddress, string> _taken = [];

    /// <summary>Reports every error.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="certificates">The certificates that it names.</param>
    /// <param name="report">Takes the path and the message of an error.</param>
    public static void Check(LoadBalancerOptions options, ServerCertificates certificates, Action<string, string> report)
    {
        var validator = new ListenerValidator(certificates, report);
        foreach (var (name, listener) in options.Listeners)
        {
            validator.CheckListener($"Listeners:{name}", listener);
        }

        validator.CheckAdmin(options.Admin);
    }

    private void CheckListener(string path, ListenerOptions listener)
    {
        // A missing URL has been reported already.
        if (listener.Url.Length == 0 || CheckAddress($"{path}:Url", listener.Url) is not { } address)
        {
            return;
        }

        if (listener.SocketMode is { } mode)
        {
            CheckMode($"{path}:SocketMode", mode, address);
        }

        CheckProtocols($"{path}:Protocols", listener, address);
        if (listener.ProxyProtocol is not null && listener.Protocols is { } spoken && spoken.HasHttp3())
        {
            report($"{path}:ProxyProtocol", "has no place in HTTP/3, which Protocols asks for: it is a header of connections over TCP");
        }

        if (address.IsTls)
        {
            CheckTls($"{path}:Tls", listener);
            CheckPreload($"{path}:Hsts:Preload", listener.Hsts);
        }
        else if (listener.Tls is { Certificates.Count: > 0 } or { Acme.Count: > 0 } or { ClientCertificates: not null } or { MinimumVersion: not TlsVersion.Tls12 })
        {
            report($"{path}:Tls", $"has no effect: {listener.Url} is not https://");
        }
        else if (listener.Hsts is not null)
        {
            report($"{path}:Hsts", $"has no effect: browsers regard it over https only, and {listener.Url} is not https://");
        }
    }

    private void CheckPreload(string path, HstsOptions? hsts)
    {
        if (hsts is { Preload: true } && !(hsts.IncludeSubDomains && hsts.MaxAge >= HstsOptions.LeastMaxAgeOfPreload))
        {
            report(path, $"has no effect: browsers build in a name only with IncludeSubDomains, and a MaxAge of {SpanText.Format(HstsOptions.LeastMaxAgeOfPreload)} at least");
        }
    }

    private void CheckMode(string path, string mode, ListenAddress address)
    {
        if (SocketFile.ModeOf(mode) is null)
        {
            report(path, $"'{mode}' is not the mode of a file: write three octal digits, such as 660");
        }
        else if (address.UnixPath is null)
        {
            report(path, $"has no effect: {address} is no Unix-domain socket");
        }
    }

    private void CheckProtocols(string path, ListenerOptions listener, ListenAddress address)
    {
        if (listener.Protocols is not { } protocols || !protocols.HasHttp3())
        {
            return;
        }

        if (!address.IsTls)
        {
            report(path, $"asks for HTTP/3, which needs TLS: {listener.Url} is not https://");
        }
        else if (address.Port == 0)
        {
            report(path, $"asks for HTTP/3, which needs the same port of UDP as of TCP: {listener.Url} lets the system choose one");
        }
    }

    private void CheckTls(string path, ListenerOptions listener)
    {
        if (listener.Tls.Certificates.Count + listener.Tls.Acme.Count == 0)
        {
            report($"{path}:Certificates", $"is missing: {listener.Url} needs a certificate, here or of --tls-cert");
        }

        for (var index = 0; index < listener.Tls.Certificates.Count; index++)
        {
            // A missing name of a file has been reported already.
            if (listener.Tls.Certificates[index] is { File.Length: > 0 } certificate && certificates.Of(certificate) is (null, var key, var error))
            {
                report($"{path}:Certificates:{index}:{key}", error);
            }
        }

        if (listener.Tls.ClientCertificates is { SubjectHeader: { } header } clients)
        {
            var at = $"{path}:ClientCertificates:SubjectHeader";
            if (!MessageSyntax.IsToken(header))
            {
                report(at, $"'{header}' is not the name of a header");
            }
            else if (FieldTable.Of(header).Name.Length > 0)
            {
                report(at, $"{header} has a meaning of its own: choose another name");
            }
            else if (clients.Mode == ClientCertificateMode.None)
            {
                report(at, "has no effect: Mode is None, and clients are not asked for a certificate");
            }
        }
    }

    private void CheckAdmin(AdminOptions admin)
    {
        if (admin.Url.Equals(AdminOptions.Off, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var address = CheckAddress("Admin:Url", admin.Url);
        if (address is { IsTls: true })
        {
            report("Admin:Url", $"'{admin.Url}' asks for TLS, which the admin listener does not have: write http://host:port");
        }

        if (address is { IsLoopback: false } && string.IsNullOrEmpty(admin.Token))
        {
            report("Admin:Token", $"is missing: {admin.Url} can be reached from other machines, so the API needs a bearer token");
        }

        // Others could not be sent in a header field as they are.
        if (admin.Token?.Any(letter => letter is <= ' ' or >= '\x7f') == true)
        {
            report("Admin:Token", "must be of ASCII letters, digits and punctuation, without blanks");
        }
    }

    private ListenAddress? CheckAddress(string path, string url)
    {
        var (address, error) = ListenAddress.Parse(url);
        if (address is null)
        {
            report(path, error);
        }
        else if ((address.Port != 0 || address.UnixPath is not null) && !_taken.TryAdd(address with { IsTls = false }, path))
        {
            report(path, $"{address} is taken by {_taken[address with { IsTls = false }]} already");
        }

        return address;
    }
}
