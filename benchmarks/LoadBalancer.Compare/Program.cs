using System.Globalization;
using LoadBalancer.Compare;
using LoadBalancer.Compare.Load;

switch (args)
{
    case [EchoDestination.Verb, .. var ports]:
        EchoDestination.Run([.. ports.Select(port => int.Parse(port, CultureInfo.InvariantCulture))]);
        return ExitCodes.Success;
    case [WebSocketClients.Verb, var url, var clients, var seconds]:
        WebSocketClients.Run(new Uri(url), int.Parse(clients, CultureInfo.InvariantCulture), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
        return ExitCodes.Success;
    default:
        return await new CompareCommandLine(new CompareRun(Console.Out, Console.Error).RunAsync, Console.Out, Console.Error).InvokeAsync(args);
}
