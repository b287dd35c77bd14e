using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class PathPatternTests
{
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

    [Theory]
    [InlineData("/a/b", "", null)]
    [InlineData("/{a}/b/{c}", "a c", null)]
    [InlineData("/{a}/{**rest}", "a", "rest")]
    [InlineData("/{*rest}", "", "rest")]
    public void Its_parts_have_names(string text, string names, string? rest)
    {
        var pattern = PathPattern.Parse(text).Pattern!;

        Assert.Equal((names, rest, rest is not null), (string.Join(' ', pattern.Names), pattern.RestName, pattern.TakesRest));
    }
}
