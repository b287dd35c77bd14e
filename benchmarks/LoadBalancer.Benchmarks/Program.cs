using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Running;
using LoadBalancer.Benchmarks;

var config = DefaultConfig.Instance
    // Whatever a benchmark allocates is part of its result: the path of a request is to allocate nothing.
    .AddDiagnoser(MemoryDiagnoser.Default)
    // Each run builds the benchmarks and the proxy anew, with all analyzers. Two minutes, the default, are not enough on a busy machine.
    .WithBuildTimeout(TimeSpan.FromMinutes(15));
return BenchmarkSwitcher.FromAssembly(typeof(PickBenchmarks).Assembly).Run(args, config).All(summary => summary.Reports.All(report => report.Success)) ? 0 : 1;
