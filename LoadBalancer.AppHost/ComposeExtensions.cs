/// <summary>What the application says of itself only when it is published to Docker Compose.</summary>
internal static class ComposeExtensions
{
    /// <summary>Lets Docker ask the container how it is. The images have <c>wget</c>.</summary>
    /// <param name="project">The resource.</param>
    /// <param name="url">What to ask for, from inside the container; <c>$$</c> begins a variable of the container.</param>
    public static IResourceBuilder<ProjectResource> WithContainerHealthCheck(this IResourceBuilder<ProjectResource> project, string url) =>
        project.PublishAsDockerComposeService((_, service) => service.Healthcheck = new()
        {
            Test = ["CMD-SHELL", $"wget -q -O /dev/null {url} || exit 1"],
            Interval = "10s",
            Timeout = "3s",
            Retries = 3,
            StartPeriod = "5s",
        });
}
