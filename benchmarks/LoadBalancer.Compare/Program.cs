using System.Globalization;
using LoadBalancer.Compare;
using LoadBalancer.Compare.Load;

return args switch
{
    [EchoDestination.Verb, .. var ports] => await EchoDestination.RunAsync(ports.Select(port => int.Parse(port, CultureInfo.InvariantCulture))),
    [WebSocketClients.Verb, var url, var clients, var seconds] => await WebSocketClients.RunAsync(
        new Uri(url),
        int.Parse(clients, CultureInfo.InvariantCulture),
        TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))),
    _ => await new CompareCommandLine(new CompareRun(Console.Out, Console.Error).RunAsync, Console.Out, Console.Error).InvokeAsync(args),
};
