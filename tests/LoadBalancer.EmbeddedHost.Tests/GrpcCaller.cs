using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>The dashboard's side of the resource service, by hand.</summary>
internal sealed class GrpcCaller(string address, string key) : IDisposable
{
    private readonly HttpClient _client = new()
    {
        BaseAddress = new Uri(address),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async Task<HttpResponseMessage> CallAsync(string method, IMessage? message = null)
    {
        var frame = new byte[5 + (message?.CalculateSize() ?? 0)];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        message?.WriteTo(frame.AsSpan(5));

        var request = new HttpRequestMessage(HttpMethod.Post, $"/aspire.v1.DashboardService/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.Add("x-resource-service-api-key", key);
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static async Task<T> ReadAsync<T>(Stream answer, MessageParser<T> parser) where T : IMessage<T>
    {
        var prefix = new byte[5];
        await answer.ReadExactlyAsync(prefix, TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Deadline);
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await answer.ReadExactlyAsync(message, TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Deadline);
        return parser.ParseFrom(message);
    }

    public void Dispose() => _client.Dispose();
}
