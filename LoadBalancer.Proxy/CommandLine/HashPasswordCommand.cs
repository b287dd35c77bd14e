using System.CommandLine;
using System.Globalization;
using System.Text;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>The command that makes the hash of a password, for <c>Access:BasicAuth:Users</c>.</summary>
internal static class HashPasswordCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="input">Where the password comes from: its first line. Null for the terminal, which does not show it.</param>
    /// <param name="output">Where the hash goes.</param>
    /// <param name="error">Where errors go.</param>
    public static Command Create(Func<TextReader?> input, TextWriter output, TextWriter error)
    {
        var iterations = new Option<int>("--iterations") { Description = "How slow to guess it is.", DefaultValueFactory = _ => PasswordHash.DefaultIterations, HelpName = "number" };
        var command = new Command("hash-password", "Read a password from the standard input, and print its hash for Access:BasicAuth:Users.") { iterations };
        command.SetAction(parsed => Run(parsed.GetValue(iterations), input(), output, error));
        return command;
    }

    private static int Run(int iterations, TextReader? input, TextWriter output, TextWriter error)
    {
        if (iterations is < PasswordHash.LeastIterations or > PasswordHash.MostIterations)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"--iterations {iterations} is out of range: from {PasswordHash.LeastIterations} to {PasswordHash.MostIterations}. See --help."));
            return ExitCodes.Usage;
        }

        // Not an argument: other users of the machine could see it, and the shell would keep it.
        var password = input is null ? ReadUnseen(error) : input.ReadLine();
        if (string.IsNullOrEmpty(password))
        {
            error.WriteLine("there is no password on the standard input");
            return ExitCodes.Failure;
        }

        output.WriteLine(PasswordHash.Create(password, iterations));
        return ExitCodes.Success;
    }

    private static string ReadUnseen(TextWriter error)
    {
        error.Write("Password: ");
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (key.KeyChar != '\0')
            {
                text.Append(key.KeyChar);
            }
        }

        error.WriteLine();
        return text.ToString();
    }
}
