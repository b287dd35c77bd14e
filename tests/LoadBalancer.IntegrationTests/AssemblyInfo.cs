using Xunit.Sdk;
using Xunit.v3;

// Each class has an application of several processes; two at once would measure each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(LoadBalancer.IntegrationTests.InstalledBrowser))]
