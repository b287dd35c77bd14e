using LoadBalancer.Compare;

return await new CompareCommandLine(new CompareRun(Console.Out, Console.Error).RunAsync, Console.Out, Console.Error).InvokeAsync(args);
