namespace LoadBalancer.Proxy.FunctionalTests;

// What concerns the wire is tested over both engines: each class of such tests is here twice. The trait says to ProxyHost which engine (EngineOfTest).

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class AcmeTestsOverKestrel : AcmeTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class AcmeTestsOverEventLoop : AcmeTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class AnswerHeaderTestsOverKestrel : AnswerHeaderTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class AnswerHeaderTestsOverEventLoop : AnswerHeaderTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class BodyLimitTestsOverKestrel : BodyLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class BodyLimitTestsOverEventLoop : BodyLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class BrokenAnswerTestsOverKestrel : BrokenAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class BrokenAnswerTestsOverEventLoop : BrokenAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class BrokenUploadTestsOverKestrel : BrokenUploadTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class BrokenUploadTestsOverEventLoop : BrokenUploadTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class ClientConnectionTestsOverKestrel : ClientConnectionTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class ClientConnectionTestsOverEventLoop : ClientConnectionTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class ClientLeavesTestsOverKestrel : ClientLeavesTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class ClientLeavesTestsOverEventLoop : ClientLeavesTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class ConnectFailureTestsOverKestrel : ConnectFailureTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class ConnectFailureTestsOverEventLoop : ConnectFailureTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class ConnectionLimitTestsOverKestrel : ConnectionLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class ConnectionLimitTestsOverEventLoop : ConnectionLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class DeadlineTestsOverKestrel : DeadlineTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class DeadlineTestsOverEventLoop : DeadlineTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class DrainedTunnelTestsOverKestrel : DrainedTunnelTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class DrainedTunnelTestsOverEventLoop : DrainedTunnelTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class EngineOfTestTestsOverKestrel() : EngineOfTestTests(EngineOfTest.Kestrel);

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class EngineOfTestTestsOverEventLoop() : EngineOfTestTests(EngineOfTest.EventLoop);

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class EarlyAnswerTestsOverKestrel : EarlyAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class EarlyAnswerTestsOverEventLoop : EarlyAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class EarlyDeathTestsOverKestrel : EarlyDeathTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class EarlyDeathTestsOverEventLoop : EarlyDeathTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class ExpectContinueTestsOverKestrel : ExpectContinueTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class ExpectContinueTestsOverEventLoop : ExpectContinueTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class FaultTestsOverKestrel : FaultTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class FaultTestsOverEventLoop : FaultTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class FramingTestsOverKestrel : FramingTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class FramingTestsOverEventLoop : FramingTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class GracefulStopTestsOverKestrel : GracefulStopTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class GracefulStopTestsOverEventLoop : GracefulStopTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class HeadLimitTestsOverKestrel : HeadLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class HeadLimitTestsOverEventLoop : HeadLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class HeaderBytesTestsOverKestrel : HeaderBytesTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class HeaderBytesTestsOverEventLoop : HeaderBytesTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class HedgeTestsOverKestrel : HedgeTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class HedgeTestsOverEventLoop : HedgeTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class Http10TestsOverKestrel : Http10Tests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class Http10TestsOverEventLoop : Http10Tests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class IdleConnectionTestsOverKestrel : IdleConnectionTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class IdleConnectionTestsOverEventLoop : IdleConnectionTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class LargeMessageTestsOverKestrel : LargeMessageTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class LargeMessageTestsOverEventLoop : LargeMessageTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class ListenerReloadTestsOverKestrel : ListenerReloadTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class ListenerReloadTestsOverEventLoop : ListenerReloadTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class LoopTestsOverKestrel : LoopTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class LoopTestsOverEventLoop : LoopTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class MalformedAnswerTestsOverKestrel : MalformedAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class MalformedAnswerTestsOverEventLoop : MalformedAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class MalformedRequestTestsOverKestrel : MalformedRequestTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class MalformedRequestTestsOverEventLoop : MalformedRequestTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class MethodTestsOverKestrel : MethodTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class MethodTestsOverEventLoop : MethodTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class MetricsTestsOverKestrel : MetricsTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class MetricsTestsOverEventLoop : MetricsTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class MovedNameTestsOverKestrel : MovedNameTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class MovedNameTestsOverEventLoop : MovedNameTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class PathSpellingTestsOverKestrel : PathSpellingTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class PathSpellingTestsOverEventLoop : PathSpellingTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class QueueTestsOverKestrel : QueueTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class QueueTestsOverEventLoop : QueueTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class RateLimitTestsOverKestrel : RateLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class RateLimitTestsOverEventLoop : RateLimitTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class RedirectTestsOverKestrel : RedirectTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class RedirectTestsOverEventLoop : RedirectTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class RefusalTestsOverKestrel : RefusalTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class RefusalTestsOverEventLoop : RefusalTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class RepeatTestsOverKestrel : RepeatTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class RepeatTestsOverEventLoop : RepeatTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class RequestHeaderTestsOverKestrel : RequestHeaderTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class RequestHeaderTestsOverEventLoop : RequestHeaderTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class RetryTestsOverKestrel : RetryTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class RetryTestsOverEventLoop : RetryTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class SessionTestsOverKestrel : SessionTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class SessionTestsOverEventLoop : SessionTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class SlowReaderTestsOverKestrel : SlowReaderTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class SlowReaderTestsOverEventLoop : SlowReaderTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class SmugglingTestsOverKestrel : SmugglingTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class SmugglingTestsOverEventLoop : SmugglingTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class StreamingTestsOverKestrel : StreamingTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class StreamingTestsOverEventLoop : StreamingTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class TargetTestsOverKestrel : TargetTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class TargetTestsOverEventLoop : TargetTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class TracingTestsOverKestrel : TracingTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class TracingTestsOverEventLoop : TracingTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class TrailerTestsOverKestrel : TrailerTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class TrailerTestsOverEventLoop : TrailerTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class TransformWireTestsOverKestrel : TransformWireTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class TransformWireTestsOverEventLoop : TransformWireTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class TransformTestsOverKestrel : TransformTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class TransformTestsOverEventLoop : TransformTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class TransformedAnswerTestsOverKestrel : TransformedAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class TransformedAnswerTestsOverEventLoop : TransformedAnswerTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class TrustedProxyTestsOverKestrel : TrustedProxyTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class TrustedProxyTestsOverEventLoop : TrustedProxyTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class WebSocketTestsOverKestrel : WebSocketTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class WebSocketTestsOverEventLoop : WebSocketTests;

[Trait(EngineOfTest.Name, EngineOfTest.Kestrel)]
public sealed class ZoneTestsOverKestrel : ZoneTests;

[Trait(EngineOfTest.Name, EngineOfTest.EventLoop)]
public sealed class ZoneTestsOverEventLoop : ZoneTests;
