using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;

namespace Aspire.Hosting.Docker.Resources
{
    /// <summary>A compose file. The serializer writes the properties in this order, under their names in lower case with underscores.</summary>
    internal sealed class ComposeFile
    {
        public Dictionary<string, Service> Services { get; set; } = [];

        public Dictionary<string, Network> Networks { get; set; } = [];
    }
}

namespace Aspire.Hosting.Docker.Resources.ComposeNodes
{
    internal sealed class Service
    {
        public string? Image { get; set; }

        public Dictionary<string, string> Environment { get; set; } = [];

        /// <summary>Ports that the machine publishes: <c>outside:inside</c>, or <c>inside</c> alone for one that is free.</summary>
        public List<string> Ports { get; set; } = [];

        /// <summary>Ports that other services reach.</summary>
        public List<string> Expose { get; set; } = [];

        public List<string> Networks { get; set; } = [];

        /// <summary>Whether the service is started again when it ends: <c>always</c>, <c>unless-stopped</c>, ...</summary>
        public string? Restart { get; set; }

        public Healthcheck? Healthcheck { get; set; }
    }

    internal sealed class Network
    {
        public string? Driver { get; set; }
    }
}

namespace Aspire.Hosting.Docker.Resources.ServiceNodes
{
    /// <summary>How Docker checks the health of a service. Spans are written as Docker reads them: <c>10s</c>.</summary>
    internal sealed class Healthcheck
    {
        /// <summary><c>CMD</c> and the words of the command, or <c>CMD-SHELL</c> and a line.</summary>
        public List<string> Test { get; set; } = [];

        /// <summary>From the end of one check to the start of the next.</summary>
        public required string Interval { get; set; }

        public required string Timeout { get; set; }

        /// <summary>How many checks in a row must fail.</summary>
        public int? Retries { get; set; }

        /// <summary>How long failures do not count after the start.</summary>
        public required string StartPeriod { get; set; }
    }
}
