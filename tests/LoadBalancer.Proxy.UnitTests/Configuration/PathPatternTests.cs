using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/api", "/api", true)]
    [InlineData("/api", "/API", true)]
    [InlineData("/api", "/api/", true)]
    [InlineData("/api/", "/api", true)]
    [InlineData("/api", "/api/x", false)]
    [InlineData("/api", "/apix", false)]
    [InlineData("/api", "/", false)]
    [InlineData("/api/{id}", "/api/1", true)]
    [InlineData("/api/{id}", "/api", false)]
    [InlineData("/api/{id}", "/api/", false)]
    [InlineData("/api/{id}", "/api/1/2", false)]
    [InlineData("/api/{id}/x", "/api/1/x", true)]
    [InlineData("/api/{id}/x", "/api//x", false)]
    [InlineData("/{**rest}", "/", true)]
    [InlineData("/{**rest}", "/a/b/c", true)]
    [InlineData("/api/{**rest}", "/api", true)]
    [InlineData("/api/{**rest}", "/api/", true)]
    [InlineData("/api/{**rest}", "/api/a/b", true)]
    [InlineData("/api/{**rest}", "/apix", false)]
    [InlineData("/api/{*rest}", "/api/a/b", true)]
    [InlineData("api/{**rest}", "/api/a", true)]
    [InlineData("/a//b", "/a//b", true)]
    [InlineData("/a//b", "/a/b", false)]
    [InlineData("/grün", "/GRÜN", true)]
    public void A_path_matches_or_not(string pattern, string path, bool matches) => Assert.Equal(matches, PathPattern.Parse(pattern).Pattern!.Matches(path));

    [Theory]
    [InlineData("/")]
    [InlineData("/a/b")]
    [InlineData("")]
    [InlineData("*")]
    public void Any_matches_every_path(string path) => Assert.True(PathPattern.Any.Matches(path));

    [Theory]
    [InlineData("/{**rest}/more", "'{**rest}' takes the rest of the path, so it must come last")]
    [InlineData("/a{id}", "'a{id}' is not a literal segment, {name} or {**name}")]
    [InlineData("/{id:int}", "'{id:int}' is not a literal segment, {name} or {**name}")]
    [InlineData("/{id?}", "'{id?}' is not a literal segment, {name} or {**name}")]
    [InlineData("/{id=1}", "'{id=1}' is not a literal segment, {name} or {**name}")]
    [InlineData("/{}", "'{}' is not a literal segment, {name} or {**name}")]
    [InlineData("/*", "'*' is not a literal segment, {name} or {**name}")]
    [InlineData("/{a", "'{a' is not a literal segment, {name} or {**name}")]
    public void What_is_no_pattern_is_refused_with_the_reason(string pattern, string error) => Assert.Equal((null, error), PathPattern.Parse(pattern));
}
