namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What became of the bytes that might be a head.</summary>
internal enum ParseStatus : byte
{
    /// <summary>The head goes on. What was looked at need not be looked at again.</summary>
    Incomplete,

    /// <summary>The head is whole.</summary>
    Complete,

    /// <summary>It is none, whatever follows. The connection cannot be used any more.</summary>
    Invalid,

    /// <summary>Of a client: it begins to speak HTTP/2 (RFC 9113, 3.4).</summary>
    Http2Preface,
}

/// <summary>How the body of a request ends.</summary>
internal enum RequestBody : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>After so many bytes.</summary>
    Length,

    /// <summary>By its last chunk.</summary>
    Chunked,
}

/// <summary>How the body of an answer ends.</summary>
internal enum AnswerBody : byte
{
    /// <summary>There is none: by its status, or since only the head was asked for.</summary>
    None,

    /// <summary>After so many bytes.</summary>
    Length,

    /// <summary>By its last chunk.</summary>
    Chunked,

    /// <summary>With the connection.</summary>
    UntilClose,
}

/// <summary>What is done to the body of an answer on its way to the client.</summary>
internal enum BodyRelay : byte
{
    /// <summary>There is none for the client. What the destination sends all the same (after 205) is read and dropped.</summary>
    Nothing,

    /// <summary>It goes on as it comes: so many bytes, or until the connection ends.</summary>
    AsIs,

    /// <summary>It goes on chunk by chunk as it comes, with the trailers that may pass (<see cref="ChunkedReader.Pass"/>).</summary>
    Chunks,

    /// <summary>It ends with the connection, and is framed as chunks for the client (<see cref="ChunkedWriter"/>).</summary>
    ToChunks,

    /// <summary>It comes in chunks and goes on without them (<see cref="ChunkedReader.Unwrap"/>): the client is of HTTP/1.0.</summary>
    FromChunks,
}
