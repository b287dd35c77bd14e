namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// Follows what stands behind the size of a chunk (RFC 9112, 7.1.1): <c>;name</c>, <c>;name=token</c>, <c>;name="quoted"</c>, and nothing else.
/// It means nothing to a proxy, but some readers skip it by other rules than others.
/// </summary>
/// <param name="takesBlanks">Whether blanks are taken that a sender should not have written.</param>
internal struct ChunkLine(bool takesBlanks)
{
    private readonly bool _takesBlanks = takesBlanks;

    private Place _place;

    private enum Place : byte
    {
        /// <summary>Behind the size or an extension: only a semicolon may follow.</summary>
        Between,

        /// <summary>Behind a semicolon.</summary>
        BeforeName,
        Name,

        /// <summary>Behind a name and a blank.</summary>
        AfterName,

        /// <summary>Behind an equals sign.</summary>
        BeforeValue,
        Value,
        Quoted,

        /// <summary>Behind a backslash in quotes.</summary>
        Escaped,
    }

    /// <summary>Whether the line may end here.</summary>
    public readonly bool MayEnd => _place is Place.Between or Place.Name or Place.AfterName or Place.Value;

    /// <summary>Takes the next byte.</summary>
    /// <returns>False where it may not stand there.</returns>
    public bool Take(byte next)
    {
        if (next is (byte)' ' or (byte)'\t' && _place is not (Place.Quoted or Place.Escaped))
        {
            // Nobody should write them, and every reader has to skip them (RFC 9110, 5.6.3). Some pad the size with them.
            _place = _place == Place.Name ? Place.AfterName : _place == Place.Value ? Place.Between : _place;
            return _takesBlanks;
        }

        var isToken = Http.MessageBytes.EndOfToken([next]) < 0;
        Place? place = _place switch
        {
            Place.Between when next == ';' => Place.BeforeName,
            Place.BeforeName or Place.Name when isToken => Place.Name,
            Place.Name or Place.AfterName when next == '=' => Place.BeforeValue,
            Place.Name or Place.AfterName or Place.Value when next == ';' => Place.BeforeName,
            Place.BeforeValue when next == '"' => Place.Quoted,
            Place.BeforeValue or Place.Value when isToken => Place.Value,
            Place.Quoted when next == '"' => Place.Between,
            Place.Quoted when next == '\\' => Place.Escaped,
            Place.Quoted or Place.Escaped when next is (byte)'\t' or >= (byte)' ' and not 0x7f => Place.Quoted,
            _ => null,
        };

        _place = place ?? _place;
        return place is not null;
    }
}
