using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Peers;

/// <summary>A configuration file of nginx, for a proxy or for destinations.</summary>
internal static class NginxFile
{
    /// <summary>Writes the file: connections that are never closed for their age, no log, all files in a folder of its own. Says how to start nginx with it.</summary>
    /// <param name="program">The file of nginx.</param>
    /// <param name="name">A name for the file.</param>
    /// <param name="http">What stands in the block <c>http</c>.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="clients">How many connections clients will have.</param>
    /// <param name="workers">How many workers it has.</param>
    public static Launch Write(string program, string name, string http, WorkFolder folder, int clients, int workers = 1)
    {
        // Those to the destinations count too.
        var connections = Math.Max(8_192, clients + 4_096);
        var own = folder.Create(name);

        // Started by root, nginx would give its workers to a user that may not read our folder.
        var user = Environment.IsPrivilegedProcess ? $"user {Environment.UserName};" : "";
        var file = folder.Write($"{name}.conf", $$"""
            daemon off;
            {{user}}
            worker_processes {{workers}};
            worker_rlimit_nofile {{connections}};
            pid {{own}}/nginx.pid;
            error_log stderr error;
            events { worker_connections {{connections}}; }
            http {
                access_log off;
                sendfile on;
                keepalive_requests 1000000000;
                keepalive_timeout 1h;
                client_body_temp_path {{own}}/client_body;
                proxy_temp_path {{own}}/proxy;
                fastcgi_temp_path {{own}}/fastcgi;
                uwsgi_temp_path {{own}}/uwsgi;
                scgi_temp_path {{own}}/scgi;
            {{http}}
            }

            """);
        return new Launch(program, "-p", own, "-e", "stderr", "-c", file);
    }
}
