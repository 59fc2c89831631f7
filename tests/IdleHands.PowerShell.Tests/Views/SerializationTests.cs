using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace IdleHands.PowerShell.Tests.Views;

/// <summary>What becomes of each type of output in Export-Clixml, in a job, over remoting and in a CSV file.</summary>
public sealed class SerializationTests
{
    public static TheoryData<int> Types() => [.. Enumerable.Range(0, Samples.All.Count)];

    [Theory]
    [MemberData(nameof(Types))]
    public void All_of_it_comes_back_from_CliXml(int index)
    {
        object sample = Samples.All[index][0];

        PSObject back = Travel(sample, depth: 4);

        Assert.Equal("Deserialized." + sample.GetType().FullName, back.TypeNames[0]);
        foreach (PropertyInfo property in sample.GetType().GetProperties())
        {
            object? before = property.GetValue(sample);
            object? after = back.Properties[property.Name].Value;
            switch (before)
            {
                case string or bool or int or long or double or TimeSpan or DateTime or null:
                    Assert.Equal(before, after);
                    break;
                case IDictionary map:
                    Assert.Equal(map.Count, ((IDictionary)Base(after!)).Count);
                    break;
                case IEnumerable items when property.PropertyType != typeof(SplitPolicy):
                    Assert.Equal(items.Cast<object>().Select(item => item.ToString()), ((IEnumerable)Base(after!)).Cast<object>().Select(item => item.ToString()));
                    break;
                default:
                    Assert.Equal(before.ToString(), after!.ToString());
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_job_and_remoting_leave_properties_that_can_be_read(int index)
    {
        object sample = Samples.All[index][0];

        // One level is what remoting sends of an object.
        PSObject back = Travel(sample, depth: 1);

        foreach (PSPropertyInfo property in back.Properties)
        {
            object? whole = property.Value is PSObject wrapped ? wrapped.BaseObject : property.Value;
            IEnumerable<object?> values = whole switch
            {
                IDictionary map => map.Values.Cast<object?>(),
                ICollection list => list.Cast<object?>(),
                _ => [property.Value],
            };
            Assert.All(values, value => AssertReadable(property.Name, value?.ToString()));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_cell_of_a_CSV_file_says_what_it_is(int index)
    {
        object sample = Samples.All[index][0];

        // Export-Csv writes what ToString gives. The metadata of a file are a table of their own.
        Assert.All(
            sample.GetType().GetProperties().Where(property => property.PropertyType.IsAssignableTo(typeof(IReadOnlyDictionary<string, object>)) is false),
            property => AssertReadable(property.Name, property.GetValue(sample)?.ToString()));
    }

    private static void AssertReadable(string name, string? text) => Assert.False(
        text?.StartsWith("System.", StringComparison.Ordinal) == true || text?.StartsWith("IdleHands.", StringComparison.Ordinal) == true || text?.Contains(" { ", StringComparison.Ordinal) == true,
        $"{name}: {text}");

    private static PSObject Travel(object sample, int depth) => (PSObject)PSSerializer.Deserialize(PSSerializer.Serialize(sample, depth));

    private static object Base(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
