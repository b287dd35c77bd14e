using System.CommandLine;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>Prints the script that has a shell complete what is being typed. The script asks this program, by the directive <c>[suggest]</c>.</summary>
/// <param name="output">Where it is printed.</param>
internal sealed class CompletionCommand(TextWriter output)
{
    // Each gives the program what is typed behind its own name, up to the cursor. A blank is put before it, for that is never empty.
    private static readonly Dictionary<string, string> Scripts = new()
    {
        // Where words are parted at colons as well, readline puts in what is behind the last of them only.
        ["bash"] = """
            _loadbalancer() {
              local line="${COMP_LINE:0:COMP_POINT}" word found
              word="${line##*[[:space:]]}"
              line=" ${line#*[[:space:]]}"
              COMPREPLY=()
              while IFS= read -r found; do
                [[ $found == "$word"* ]] && COMPREPLY+=("$found")
              done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
              if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
                COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
              fi
            }
            complete -o bashdefault -o default -F _loadbalancer loadbalancer LoadBalancer.Proxy
            """,
        ["zsh"] = """
            #compdef loadbalancer LoadBalancer.Proxy
            _loadbalancer() {
              local line=" ${${LBUFFER}#*[[:space:]]}"
              local -a found
              found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
              compadd -- ${found:#} || _files
            }
            compdef _loadbalancer loadbalancer LoadBalancer.Proxy
            """,
        ["fish"] = """
            function __loadbalancer_complete
                set -l line (commandline --current-process --cut-at-cursor | string collect)
                set -l program (string split --max 1 ' ' -- $line)[1]
                set -l rest ' '(string replace --regex '^\S+\s' '' -- $line | string collect)
                $program "[suggest:"(string length -- $rest)"]" "$rest" 2>/dev/null
            end
            complete --command loadbalancer --arguments '(__loadbalancer_complete)'
            complete --command LoadBalancer.Proxy --arguments '(__loadbalancer_complete)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName loadbalancer, LoadBalancer.Proxy -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                $program = $commandAst.CommandElements[0].Extent
                $line = $commandAst.Extent.Text.PadRight($cursorPosition - $commandAst.Extent.StartOffset).Substring($program.Text.Length).TrimStart()
                $line = " $line"
                & $program.Text "[suggest:$($line.Length)]" $line 2>$null |
                    Where-Object { $_ -like "$wordToComplete*" } |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    /// <summary>Adds the command.</summary>
    public void AddTo(RootCommand root)
    {
        var shell = new Argument<string>("shell") { HelpName = "shell", Description = string.Join(", ", Scripts.Keys) };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        shell.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !Scripts.ContainsKey(text))
            {
                result.AddError($"there is no script for the shell '{text}': there are {string.Join(", ", Scripts.Keys)}");
            }
        });
        var completion = new Command("completion", "Print the script that has a shell complete what is typed: commands, options, destinations.") { shell };
        completion.SetAction(parsed => output.WriteLine(Scripts[parsed.GetValue(shell)!].ReplaceLineEndings("\n")));
        root.Add(completion);
    }
}
