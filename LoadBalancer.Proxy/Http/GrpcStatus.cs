namespace LoadBalancer.Proxy.Http;

/// <summary>What a refusal is to a client of gRPC. It takes any status but 200 for trouble on the way, and learns nothing of it; so it is told in its own words.</summary>
internal static class GrpcStatus
{
    /// <summary>The media type of messages.</summary>
    public const string MediaType = "application/grpc";

    /// <summary>The trailer with the status, which stands in the head of an answer without messages.</summary>
    public const string Header = "grpc-status";

    /// <summary>The trailer with what happened.</summary>
    public const string MessageHeader = "grpc-message";

    /// <summary>Whether a request with this <c>Content-Type</c> is a call of gRPC. <c>application/grpc-web</c> is another protocol.</summary>
    public static bool IsCall(ReadOnlySpan<char> contentType) =>
        contentType.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase) && (contentType.Length == MediaType.Length || contentType[MediaType.Length] is '+' or ';' or ' ');

    /// <summary>The status of HTTP that rules go by for a call that ended in this code; 200 where it speaks against nobody but the client.</summary>
    /// <remarks>DEADLINE_EXCEEDED is not among those that count: clients choose their deadlines, and could have anyone blamed.</remarks>
    public static int MeantBy(ReadOnlySpan<char> code) => code switch
    {
        "2" or "13" or "15" => 500, // UNKNOWN, INTERNAL, DATA_LOSS
        "14" => 503, // UNAVAILABLE
        _ => 200,
    };

    /// <summary>The status code of gRPC for one of HTTP.</summary>
    /// <remarks>
    /// By gRPC's own table of what to take a status of HTTP for, and closer where this proxy knows more: time that ran out is no UNAVAILABLE, which clients try again.
    /// </remarks>
    public static int Of(int status) => status switch
    {
        400 or 500 or 508 => 13, // INTERNAL
        401 => 16, // UNAUTHENTICATED
        403 => 7, // PERMISSION_DENIED
        404 or 405 or 501 => 12, // UNIMPLEMENTED
        408 => 1, // CANCELLED
        413 or 429 or 431 => 8, // RESOURCE_EXHAUSTED
        502 or 503 => 14, // UNAVAILABLE
        504 => 4, // DEADLINE_EXCEEDED
        _ => 2, // UNKNOWN
    };
}
