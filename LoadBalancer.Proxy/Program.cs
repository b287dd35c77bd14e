using LoadBalancer.Proxy;
using LoadBalancer.Proxy.CommandLine;

return await new ProxyCommandLine(ProxyRun.RunAsync, Console.Out, Console.Error).InvokeAsync(args);
