using LoadBalancer.Proxy.CommandLine;
using LoadBalancer.Proxy.Hosting;

return await new ProxyCommandLine(ProxyRun.RunAsync, Console.Out, Console.Error).InvokeAsync(args);
