using Aspire.Hosting.Docker.Resources.ComposeNodes;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace LoadBalancer.EmbeddedHost.Publishing;

/// <summary>Writes services as a compose file.</summary>
internal static class ComposeYaml
{
    /// <summary>The text of the file.</summary>
    public static string Write(IEnumerable<Service> services, string network)
    {
        var file = new Dictionary<string, object>
        {
            ["services"] = services.ToDictionary(service => service.Name, Node),
            ["networks"] = new Dictionary<string, object> { [network] = new Dictionary<string, object> { ["driver"] = "bridge" } },
        };
        return new SerializerBuilder()
            .WithEventEmitter(next => new QuotedValues(next))
            .WithIndentedSequences()
            .WithNewLine("\n")
            .Build()
            .Serialize(file);
    }

    private static Dictionary<string, object> Node(Service service)
    {
        var node = new Dictionary<string, object>();
        Add("image", service.Image);
        Add("environment", service.Environment.Count > 0 ? service.Environment : null);
        Add("ports", service.Ports.Count > 0 ? service.Ports : null);
        Add("expose", service.Expose.Count > 0 ? service.Expose : null);
        Add("networks", service.Networks.Count > 0 ? service.Networks : null);
        Add("restart", service.Restart);
        Add("healthcheck", service.Healthcheck is { } check ? Node(check) : null);
        return node;

        void Add(string key, object? value)
        {
            if (value is not null)
            {
                node[key] = value;
            }
        }
    }

    private static Dictionary<string, object> Node(Aspire.Hosting.Docker.Resources.ServiceNodes.Healthcheck check)
    {
        var node = new Dictionary<string, object> { ["test"] = check.Test, ["interval"] = check.Interval, ["timeout"] = check.Timeout };
        if (check.Retries is { } retries)
        {
            node["retries"] = retries;
        }

        node["start_period"] = check.StartPeriod;
        return node;
    }

    /// <summary>Quotes every text that is not a key: <c>8080:8080</c>, <c>yes</c> and <c>1.0</c> mean something else without.</summary>
    private sealed class QuotedValues(IEventEmitter next) : ChainedEventEmitter(next)
    {
        // For each mapping or sequence that is open: whether it is a mapping, and whether a key comes next.
        private readonly Stack<(bool IsMapping, bool KeyIsNext)> _open = new();

        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            var isKey = TakeTurn();
            if (!isKey && eventInfo.Source.Type == typeof(string))
            {
                eventInfo = new ScalarEventInfo(eventInfo.Source) { Style = ScalarStyle.DoubleQuoted };
            }

            base.Emit(eventInfo, emitter);
        }

        public override void Emit(MappingStartEventInfo eventInfo, IEmitter emitter)
        {
            TakeTurn();
            _open.Push((IsMapping: true, KeyIsNext: true));
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(MappingEndEventInfo eventInfo, IEmitter emitter)
        {
            _open.Pop();
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceStartEventInfo eventInfo, IEmitter emitter)
        {
            TakeTurn();
            _open.Push((IsMapping: false, KeyIsNext: false));
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceEndEventInfo eventInfo, IEmitter emitter)
        {
            _open.Pop();
            base.Emit(eventInfo, emitter);
        }

        // In a mapping keys and values take turns, whatever the values are made of.
        private bool TakeTurn()
        {
            if (!_open.TryPop(out var innermost))
            {
                return false;
            }

            _open.Push(innermost with { KeyIsNext = innermost.IsMapping && !innermost.KeyIsNext });
            return innermost.KeyIsNext;
        }
    }
}
