using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class TableTests
{
    [Fact]
    public void Columns_are_as_wide_as_their_widest_cell()
    {
        var table = new Table("proxy", "us", "requests/s");
        table.Add("haproxy", "1234.5", "9");
        table.Add("caddy", "not installed");

        Assert.Equal(
            """
            | proxy   |            us | requests/s |
            | ------- | ------------: | ---------: |
            | haproxy |        1234.5 |          9 |
            | caddy   | not installed |            |

            """,
            table.ToString());
    }

    [Fact]
    public void A_table_without_rows_has_its_head() => Assert.Equal("| a  |  b |\n| -- | -: |\n", new Table("a ", " b").ToString());
}
