using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

public sealed class TemplateVariablesTests
{
    [Fact]
    public void Knows_every_variable_it_lists()
    {
        foreach (string name in TemplateVariables.All)
        {
            Assert.True(TemplateVariables.IsKnown(name), name);
            Assert.Null(TemplateVariables.FindUnknown("run {" + name + "}"));
        }
    }

    [Theory]
    [InlineData("docker ps --format {{.Names}}")]
    [InlineData("docker ps --format {{port}}")]
    [InlineData("echo ${prot} ${HOME}")]
    [InlineData("awk '{ print }'")]
    [InlineData("awk '{print $1}'")]
    [InlineData("cp a{1,2} {} {A} {1a} {a-b} {open")]
    [InlineData("}{")]
    [InlineData("")]
    public void Leaves_other_braces_alone(string template)
    {
        Assert.Null(TemplateVariables.FindUnknown(template));
        Assert.Empty(Scan(template));
    }

    [Theory]
    [InlineData("{prot}", "prot")]
    [InlineData("{port} {a_1}", "a_1")]
    [InlineData("{ {sorce} }", "sorce")]
    public void Names_the_first_unknown_variable(string template, string expected) =>
        Assert.Equal(expected, TemplateVariables.FindUnknown(template));

    [Fact]
    public void Gives_start_length_and_name_of_each_variable()
    {
        Assert.Equal(
            [new TemplateVariable(0, 6, "port"), new TemplateVariable(6, 8, "source"), new TemplateVariable(15, 3, "x")],
            Scan("{port}{source} {x}"));
    }

    private static List<TemplateVariable> Scan(string template)
    {
        var found = new List<TemplateVariable>();
        foreach (TemplateVariable variable in TemplateVariables.Scan(template))
        {
            found.Add(variable);
        }

        return found;
    }
}
