/// <summary>What the application says of itself only when it is published to Docker Compose.</summary>
internal static class ComposeExtensions
{
    /// <summary>Lets Docker ask the container how it is, and start it again when it has ended. The images have <c>wget</c>.</summary>
    /// <param name="project">The resource.</param>
    /// <param name="healthUrl">What to ask for, from inside the container; <c>$$</c> begins a variable of the container.</param>
    public static IResourceBuilder<ProjectResource> AsComposeService(this IResourceBuilder<ProjectResource> project, string healthUrl) =>
        project.PublishAsDockerComposeService((_, service) =>
        {
            service.Restart = "unless-stopped";
            service.Healthcheck = new()
            {
                Test = ["CMD-SHELL", $"wget -q -O /dev/null {healthUrl} || exit 1"],
                Interval = "10s",
                Timeout = "3s",
                Retries = 3,
                StartPeriod = "5s",
            };
        });
}
