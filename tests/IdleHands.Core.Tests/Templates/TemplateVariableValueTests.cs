using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

public sealed class TemplateVariableValueTests
{
    [Fact]
    public void Fills_in_every_variable()
    {
        TemplateValues values = SampleValues.With("/m.gguf") with
        {
            BackendId = "cuda",
            BackendArguments = new NameList("-ngl", "99"),
            ContextWindow = 4096,
            MaxTokens = 512,
            ChatTemplate = "chatml",
        };

        string command = CommandTemplate.Render(
            "{source} {port} {host} {model_id} {host_id} {backend_id} {backend_args} {context_window} {max_tokens} {chat_template_args}",
            values,
            ShellDialect.Posix);

        Assert.Equal("/m.gguf 8080 127.0.0.1 qwen here cuda -ngl 99 4096 512 --chat-template chatml", command);
    }

    [Theory]
    [InlineData("templates/a.b", "--chat-template-file templates/a.b")]
    [InlineData("my template.jinja", "--chat-template-file 'my template.jinja'")]
    [InlineData("C:\\t", "--chat-template-file 'C:\\t'")]
    [InlineData("chatml", "--chat-template chatml")]
    [InlineData(null, "")]
    [InlineData("", "")]
    public void Tells_a_template_file_from_a_name(string? template, string expected) => Assert.Equal(
        expected,
        CommandTemplate.Render("{chat_template_args}", SampleValues.With("m") with { ChatTemplate = template }, ShellDialect.Posix));

    [Theory]
    [InlineData(ShellDialect.Posix, "run ''")]
    [InlineData(ShellDialect.PowerShell, "run ''")]
    [InlineData(ShellDialect.Cmd, "run \"\"")]
    public void Renders_a_missing_backend_as_an_empty_argument(ShellDialect dialect, string expected) =>
        Assert.Equal(expected, CommandTemplate.Render("run {backend_id}", SampleValues.With("m"), dialect));

    [Fact]
    public void Leaves_all_other_braces_alone()
    {
        const string Template = "docker ps --format {{.Names}} | awk '{ print }' > ${HOME}/${port} # {}";
        Assert.Equal(Template, CommandTemplate.Render(Template, SampleValues.With("m"), ShellDialect.Posix));
    }

    [Theory]
    [InlineData("{context_window}", "-ContextWindow")]
    [InlineData("{max_tokens}", "-MaxTokens")]
    public void Asks_for_a_value_that_the_model_does_not_set(string template, string parameter)
    {
        var error = Assert.Throws<TemplateException>(() => CommandTemplate.Render("run " + template, SampleValues.With("m"), ShellDialect.Posix));

        Assert.Equal("TemplateValueMissing", error.ErrorId);
        Assert.Contains($"Set-IHModel -Id qwen {parameter}", error.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_variables_there_are_where_one_is_unknown()
    {
        var error = Assert.Throws<TemplateException>(() => CommandTemplate.Render("run {prot}", SampleValues.With("m"), ShellDialect.Posix));

        Assert.Equal("TemplateVariableUnknown", error.ErrorId);
        Assert.Contains("{prot}", error.Message, StringComparison.Ordinal);
        Assert.Contains("{context_window}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ShellDialect.Posix)]
    [InlineData(ShellDialect.PowerShell)]
    [InlineData(ShellDialect.Cmd)]
    public void Never_renders_a_variable_that_is_a_secret_reference(ShellDialect dialect)
    {
        TemplateValues values = SampleValues.With("m") with
        {
            BackendEnvironment = new EnvironmentMap([new("A", "env:TOKEN"), new("B", "secret://vault/name")]),
        };

        Assert.Equal(" run", CommandTemplate.Render("{backend_env} run", values, dialect));
    }

    [Theory]
    [InlineData(ShellDialect.Posix)]
    [InlineData(ShellDialect.PowerShell)]
    [InlineData(ShellDialect.Cmd)]
    public void Refuses_a_value_with_a_NUL(ShellDialect dialect)
    {
        var error = Assert.Throws<TemplateException>(() => CommandTemplate.Render("run {source}", SampleValues.With("a\0b"), dialect));
        Assert.Equal("TemplateUnsafe", error.ErrorId);
    }

    [Theory]
    [InlineData("A B")]
    [InlineData("A;x")]
    [InlineData("1A")]
    [InlineData("")]
    [InlineData("-u")]
    public void Refuses_a_variable_name_that_a_shell_can_not_set(string name)
    {
        TemplateValues values = SampleValues.With("m") with { BackendEnvironment = new EnvironmentMap([new(name, "1")]) };
        var error = Assert.Throws<TemplateException>(() => CommandTemplate.Render("{backend_env} run", values, ShellDialect.Posix));
        Assert.Equal("TemplateUnsafe", error.ErrorId);
    }

    [Theory]
    [InlineData("bash", ShellDialect.Posix)]
    [InlineData("sh", ShellDialect.Posix)]
    [InlineData("pwsh", ShellDialect.PowerShell)]
    [InlineData("cmd", ShellDialect.Cmd)]
    public void Knows_the_dialect_of_each_shell(string shell, ShellDialect expected) => Assert.Equal(expected, ShellDialects.Parse(shell));

    [Fact]
    public void Refuses_a_shell_it_does_not_know() =>
        Assert.Equal("ShellUnknown", Assert.Throws<TemplateException>(() => ShellDialects.Parse("fish")).ErrorId);

    [Theory]
    [InlineData(null, "local", false, "bash")]
    [InlineData(null, "local", true, "pwsh")]
    [InlineData(null, "ssh", true, "bash")]
    [InlineData(null, "exec", true, "bash")]
    [InlineData("cmd", "local", true, "cmd")]
    [InlineData("sh", "local", false, "sh")]
    public void Takes_the_shell_of_the_host_or_of_its_system(string? shell, string transport, bool isWindows, string expected)
    {
        var host = new RuntimeHost { Id = "h", DisplayName = "h", Transport = transport, Shell = shell };
        Assert.Equal(expected, ShellDialects.ShellOf(host, isWindows));
    }
}
