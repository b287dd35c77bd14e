using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class BufferPoolTests
{
    private readonly BufferPool _pool = new();

    [Theory]
    [InlineData(1, 1024)]
    [InlineData(1024, 1024)]
    [InlineData(1025, 2048)]
    [InlineData(200_000, 262_144)]
    [InlineData(300_000, 524_288)]
    public void Memory_comes_in_powers_of_two(int wanted, int got) => Assert.Equal(got, _pool.Rent(wanted).Length);

    [Fact]
    public void Memory_that_was_returned_is_rented_again()
    {
        var buffer = _pool.Rent(5000);
        _pool.Return(buffer);

        Assert.Same(buffer, _pool.Rent(8000));
    }

    [Fact]
    public void What_is_larger_than_any_leftover_is_not_kept()
    {
        var buffer = _pool.Rent(BufferPool.Largest + 1);
        _pool.Return(buffer);

        Assert.NotSame(buffer, _pool.Rent(BufferPool.Largest + 1));
    }

    [Fact]
    public void The_pool_knows_what_is_rented()
    {
        var buffer = _pool.Rent(3000);
        _pool.Rent(1000);
        _pool.Return(buffer);

        Assert.Equal(1024, _pool.Rented);
    }

    [Fact]
    public void To_rent_and_return_allocates_nothing() => Assert.Equal(0, Allocated.By(1000, () => _pool.Return(_pool.Rent(20_000))));
}
