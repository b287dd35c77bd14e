using LoadBalancer.Soak;
using LoadBalancer.Soak.Destinations;

return args is [DestinationServer.Verb, ..]
    ? await DestinationServer.RunAsync(args[1..])
    : await new SoakCommandLine(new SoakRun(Console.Out, Console.Error).RunAsync, Console.Out, Console.Error).InvokeAsync(args);
