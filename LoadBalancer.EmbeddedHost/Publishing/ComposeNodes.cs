using Aspire.Hosting.Docker.Resources.ServiceNodes;

namespace Aspire.Hosting.Docker.Resources.ComposeNodes
{
    /// <summary>A service of a compose file.</summary>
    public sealed class Service
    {
        /// <summary>Its name.</summary>
        public required string Name { get; set; }

        /// <summary>The image that it runs.</summary>
        public string? Image { get; set; }

        /// <summary>Its variables.</summary>
        public Dictionary<string, string> Environment { get; set; } = [];

        /// <summary>Ports that other services reach.</summary>
        public List<string> Expose { get; set; } = [];

        /// <summary>Ports that the machine publishes: <c>outside:inside</c>, or <c>inside</c> alone for one that is free.</summary>
        public List<string> Ports { get; set; } = [];

        /// <summary>The networks that it is in.</summary>
        public List<string> Networks { get; set; } = [];

        /// <summary>Whether it is started again when it ends: <c>always</c>, <c>unless-stopped</c>, ...</summary>
        public string? Restart { get; set; }

        /// <summary>How Docker asks whether it is well.</summary>
        public Healthcheck? Healthcheck { get; set; }
    }
}

namespace Aspire.Hosting.Docker.Resources.ServiceNodes
{
    /// <summary>How Docker asks whether a service is well.</summary>
    public sealed class Healthcheck
    {
        /// <summary>The command: <c>CMD</c> and its words, or <c>CMD-SHELL</c> and a line.</summary>
        public List<string> Test { get; set; } = [];

        /// <summary>From the end of one check to the start of the next: <c>10s</c>.</summary>
        public required string Interval { get; set; }

        /// <summary>How long a check may take.</summary>
        public required string Timeout { get; set; }

        /// <summary>How many checks in a row must fail.</summary>
        public int? Retries { get; set; }

        /// <summary>How long failures do not count after the start.</summary>
        public required string StartPeriod { get; set; }
    }
}
