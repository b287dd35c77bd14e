using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Where one field line stands in the bytes of a head, and what becomes of it.</summary>
internal struct FieldLine
{
    /// <summary>Where the name begins; the line as well.</summary>
    public int NameStart;

    public int NameLength;

    /// <summary>Where the value begins, without the blanks around it.</summary>
    public int ValueStart;

    public int ValueLength;

    /// <summary>The rule for the name.</summary>
    public FieldRule Rule;
}
