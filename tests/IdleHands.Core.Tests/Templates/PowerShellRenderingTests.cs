using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

public sealed class PowerShellRenderingTests
{
    [Theory]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", "'it''s'")]
    [InlineData("‘a’ ‚b‛", "'‘‘a’’ ‚‚b‛‛'")]
    [InlineData("say \"hi\"", "'say \"hi\"'")]
    [InlineData("$(touch x)", "'$(touch x)'")]
    [InlineData("`n", "'`n'")]
    [InlineData("a\nb", "'a\nb'")]
    [InlineData("", "''")]
    [InlineData("größe", "'größe'")]
    [InlineData("a;b&c|d", "'a;b&c|d'")]
    public void Quotes_with_apostrophes_doubling_every_kind_of_them(string value, string expected) => Assert.Equal(expected, Render(value));

    [Theory]
    [InlineData("a,b")]
    [InlineData("@splat")]
    [InlineData("-a.b")]
    [InlineData("-a:")]
    [InlineData("-a:b")]
    public void Quotes_plain_characters_where_PowerShell_gives_them_a_meaning(string value) => Assert.Equal($"'{value}'", Render(value));

    [Theory]
    [InlineData("/models/a-4B_q4.gguf")]
    [InlineData("-ngl")]
    [InlineData("--")]
    [InlineData("a%b@c:d=e+f")]
    public void Renders_other_plain_values_bare(string value) => Assert.Equal(value, Render(value));

    [Fact]
    public void Sets_variables_by_assignment()
    {
        TemplateValues values = SampleValues.With("m") with
        {
            BackendEnvironment = new EnvironmentMap([new("A", "1"), new("B", "it's")]),
        };

        Assert.Equal("$env:A='1'; $env:B='it''s';  run", CommandTemplate.Render("{backend_env} run", values, ShellDialect.PowerShell));
    }

    private static string Render(string value) => CommandTemplate.Render("{source}", SampleValues.With(value), ShellDialect.PowerShell);
}
