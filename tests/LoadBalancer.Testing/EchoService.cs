using System.Collections.Concurrent;
using Grpc.Core;

namespace LoadBalancer.Testing;

/// <summary>The calls of <see cref="EchoService"/>, one of each kind, with text for messages.</summary>
public static class EchoCalls
{
    private const string Service = "test.Echo";

    /// <summary>Says back what it is told.</summary>
    public static readonly Method<string, string> Once = new(MethodType.Unary, Service, nameof(EchoService.Once), Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    /// <summary>Says back each word.</summary>
    public static readonly Method<string, string> Words = new(MethodType.ServerStreaming, Service, nameof(EchoService.Words), Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    /// <summary>Joins what it is told.</summary>
    public static readonly Method<string, string> Join = new(MethodType.ClientStreaming, Service, nameof(EchoService.Join), Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    /// <summary>Says back each message as it comes.</summary>
    public static readonly Method<string, string> Talk = new(MethodType.DuplexStreaming, Service, nameof(EchoService.Talk), Marshallers.StringMarshaller, Marshallers.StringMarshaller);
}

/// <summary>The calls as the library of gRPC wants to find them: with an attribute, on the base of the service.</summary>
[BindServiceMethod(typeof(EchoServiceBase), nameof(Bind))]
public abstract class EchoServiceBase
{
    /// <summary>Tells the library which calls there are.</summary>
    public static void Bind(ServiceBinderBase binder, EchoServiceBase? service)
    {
        binder.AddMethod(EchoCalls.Once, service is null ? null : new UnaryServerMethod<string, string>(service.Once));
        binder.AddMethod(EchoCalls.Words, service is null ? null : new ServerStreamingServerMethod<string, string>(service.Words));
        binder.AddMethod(EchoCalls.Join, service is null ? null : new ClientStreamingServerMethod<string, string>(service.Join));
        binder.AddMethod(EchoCalls.Talk, service is null ? null : new DuplexStreamingServerMethod<string, string>(service.Talk));
    }

    /// <summary>A message there, a message back, and trailers.</summary>
    public abstract Task<string> Once(string request, ServerCallContext context);

    /// <summary>A message there, many back.</summary>
    public abstract Task Words(string request, IServerStreamWriter<string> answers, ServerCallContext context);

    /// <summary>Many messages there, one back.</summary>
    public abstract Task<string> Join(IAsyncStreamReader<string> requests, ServerCallContext context);

    /// <summary>Messages there and back, each answered before the next comes.</summary>
    public abstract Task Talk(IAsyncStreamReader<string> requests, IServerStreamWriter<string> answers, ServerCallContext context);
}

/// <summary>A service of gRPC with one call of each kind. The message <c>fail</c> fails, <c>broken</c> says that the server is not up to it, <c>wait</c> waits until the call is cancelled.</summary>
public sealed class EchoService : EchoServiceBase
{
    /// <summary>Calls that ended by being cancelled.</summary>
    public ConcurrentQueue<string> Cancelled { get; } = new();

    /// <summary>What the calls were told beside their messages, and by when they were to be done.</summary>
    public ConcurrentQueue<ServerCallContext> Calls { get; } = new();

    /// <inheritdoc />
    public override async Task<string> Once(string request, ServerCallContext context)
    {
        await BeginAsync(request, context);
        return request;
    }

    /// <inheritdoc />
    public override async Task Words(string request, IServerStreamWriter<string> answers, ServerCallContext context)
    {
        await BeginAsync("", context);
        foreach (var word in request.Split(' '))
        {
            await BeginAsync(word, context);
            await answers.WriteAsync(word, context.CancellationToken);
        }
    }

    /// <inheritdoc />
    public override async Task<string> Join(IAsyncStreamReader<string> requests, ServerCallContext context)
    {
        var all = new List<string>();
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
        {
            all.Add(request);
        }

        return string.Join(' ', all);
    }

    /// <inheritdoc />
    public override async Task Talk(IAsyncStreamReader<string> requests, IServerStreamWriter<string> answers, ServerCallContext context)
    {
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
        {
            await BeginAsync(request, context);
            await answers.WriteAsync(request, context.CancellationToken);
        }
    }

    private async Task BeginAsync(string message, ServerCallContext context)
    {
        Calls.Enqueue(context);
        switch (message)
        {
            case "fail":
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "not today"), [new("x-why", "a test")]);
            case "broken":
                throw new RpcException(new Status(StatusCode.Unavailable, "broken"));
            case "wait":
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
                }
                catch (OperationCanceledException)
                {
                    Cancelled.Enqueue(context.Method);
                    throw;
                }

                break;
            default:
                context.ResponseTrailers.Add("x-heard", message.Length > 20 ? "much" : message);
                break;
        }
    }
}
