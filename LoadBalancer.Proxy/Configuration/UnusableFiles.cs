namespace LoadBalancer.Proxy.Configuration;

/// <summary>What is wrong with the files of a certificate that were replaced by some that cannot be used, as whoever looks at them again and again finds it. Not safe for several threads.</summary>
internal sealed class UnusableFiles
{
    private string? _error;
    private bool _isTold;

    /// <summary>Notes what a look has found.</summary>
    /// <returns>Whether it is to be told: the key may be written a moment after the certificate, so told is what is wrong at two looks, and once.</returns>
    public bool Note(string error)
    {
        var isToBeTold = _error == error && !_isTold;
        _isTold = _error == error;
        _error = error;
        return isToBeTold;
    }
}
