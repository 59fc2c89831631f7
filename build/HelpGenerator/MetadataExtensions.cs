using System.Reflection;

namespace IdleHands.HelpGenerator;

/// <summary>What the help needs of types and attributes that are read and never run.</summary>
internal static class MetadataExtensions
{
    private static readonly Dictionary<string, string> s_accelerators = new(StringComparer.Ordinal)
    {
        ["System.String"] = "string",
        ["System.Int32"] = "int",
        ["System.Int64"] = "long",
        ["System.Double"] = "double",
        ["System.Single"] = "float",
        ["System.Boolean"] = "bool",
        ["System.Object"] = "object",
        ["System.DateTime"] = "datetime",
        ["System.TimeSpan"] = "timespan",
        ["System.Uri"] = "uri",
        ["System.Collections.Hashtable"] = "hashtable",
        ["System.Collections.IDictionary"] = "IDictionary",
        ["System.Security.SecureString"] = "securestring",
        ["System.Management.Automation.SwitchParameter"] = "switch",
        ["System.Management.Automation.PSObject"] = "psobject",
        ["System.Management.Automation.ScriptBlock"] = "scriptblock",
    };

    /// <summary>A type with the types it derives from, itself first.</summary>
    public static IEnumerable<Type> WithBases(this Type type)
    {
        for (Type? each = type; each is not null; each = each.BaseType)
        {
            yield return each;
        }
    }

    /// <summary>Properties that are parameters, those of base classes included; the most derived of each name.</summary>
    public static IEnumerable<PropertyInfo> ParameterProperties(this Type type) => type.WithBases()
        .SelectMany(each => each.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .Where(property => property.FindAttribute("System.Management.Automation.ParameterAttribute") is not null)
        .DistinctBy(property => property.Name);

    /// <summary>A property with those of the same name that it overrides, itself first.</summary>
    public static IEnumerable<PropertyInfo> WithBases(this PropertyInfo property) => property.DeclaringType!.WithBases()
        .Select(each => each.GetProperty(property.Name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .OfType<PropertyInfo>();

    /// <summary>The key of a type in the XML documentation.</summary>
    public static string DocumentationId(this Type type) => "T:" + DocumentationName(type);

    /// <summary>The key of a property in the XML documentation.</summary>
    public static string DocumentationId(this PropertyInfo property) =>
        $"P:{DocumentationName(property.DeclaringType!)}.{property.Name}";

    /// <summary>Type as PowerShell writes it: accelerators, arrays with brackets, nullable values as their value.</summary>
    public static string PowerShellName(this Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType()!.PowerShellName() + "[]";
        }

        if (type.IsConstructedGenericType)
        {
            string[] arguments = type.GenericTypeArguments.Select(PowerShellName).ToArray();
            return type.Name == "Nullable`1" ? arguments[0] : $"{type.Name.Split('`')[0]}[{string.Join(", ", arguments)}]";
        }

        return s_accelerators.GetValueOrDefault(type.FullName ?? type.Name, type.Name);
    }

    /// <summary>Full name without assembly names in it; a nullable value as its value.</summary>
    public static string PlainFullName(this Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType()!.PlainFullName() + "[]";
        }

        if (type.IsConstructedGenericType)
        {
            string[] arguments = type.GenericTypeArguments.Select(PlainFullName).ToArray();
            string name = type.GetGenericTypeDefinition().FullName!.Split('`')[0];
            return name == "System.Nullable" ? arguments[0] : $"{name}[{string.Join(", ", arguments)}]";
        }

        return type.FullName ?? type.Name;
    }

    /// <summary>Words of an enumeration, or of a nullable one; none for any other type.</summary>
    public static IReadOnlyList<string> EnumWords(this Type type)
    {
        Type value = type.IsConstructedGenericType && type.Name == "Nullable`1" ? type.GenericTypeArguments[0] : type;
        return value.IsEnum
            ? value.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.Name).ToList()
            : [];
    }

    /// <summary>Attributes of this full name.</summary>
    public static IEnumerable<CustomAttributeData> Attributes(this MemberInfo member, string fullName) =>
        member.GetCustomAttributesData().Where(attribute => attribute.AttributeType.FullName == fullName);

    /// <summary>The first attribute of this full name; null where there is none.</summary>
    public static CustomAttributeData? FindAttribute(this MemberInfo member, string fullName) =>
        member.Attributes(fullName).FirstOrDefault();

    /// <summary>True when the attribute sets this property.</summary>
    public static bool Has(this CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.Any(argument => argument.MemberName == name);

    /// <summary>A property that the attribute sets; the type's default where it doesn't.</summary>
    public static T? Named<T>(this CustomAttributeData attribute, string name) => attribute.NamedArguments
        .Where(argument => argument.MemberName == name)
        .Select(argument => (T?)argument.TypedValue.Value)
        .FirstOrDefault();

    /// <summary>Constructor arguments, with those of a <c>params</c> array one by one.</summary>
    public static IEnumerable<object?> Values(this CustomAttributeData attribute) =>
        attribute.ConstructorArguments.SelectMany(argument => argument.Value is IReadOnlyCollection<CustomAttributeTypedArgument> list
            ? list.Select(item => item.Value)
            : [argument.Value]);

    /// <summary>Constructor arguments that are texts.</summary>
    public static IReadOnlyList<string> Strings(this CustomAttributeData attribute) => attribute.Values().OfType<string>().ToList();

    private static string DocumentationName(Type type) =>
        (type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');
}
