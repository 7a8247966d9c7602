"""The four pages of the medical intake form: sections, and the questions in them."""

from tests.forms.asking import condition, field, option, section, words

YES_NO = (option("yes", words("Yes", "نعم")), option("no", words("No", "لا")))

ABOUT_YOU = [
    section(
        words("About you", "معلومات عنك"),
        field("given_name", "contact", "text", words("First name", "الاسم الأول"), required=True,
              max_length=80, autocomplete="given-name", sensitive=False),
        field("family_name", "contact", "text", words("Last name", "اسم العائلة"), required=True,
              max_length=80, autocomplete="family-name", sensitive=False),
        field("birth_date", "health", "date", words("Date of birth", "تاريخ الميلاد"),
              required=True, min="1900-01-01", max="2025-12-31"),
        field("sex", "health", "radio", words("Sex", "الجنس"), required=True, options=(
            option("female", words("Female", "أنثى")),
            option("male", words("Male", "ذكر")),
            option("other", words("Other", "غير ذلك")))),
        field("language", "contact", "select", words("Language you prefer", "اللغة المفضلة"),
              options=(
                  option("en", words("English", "الإنجليزية")),
                  option("ar", words("Arabic", "العربية")),
                  option("fr", words("French", "الفرنسية")))),
        field("interpreter", "contact", "checkbox",
              words("I need an interpreter", "أحتاج إلى مترجم"),
              when=[condition("language", "ar", "fr")]),
        page=True,
        text=words("As it stands in your passport.", "كما هو مكتوب في جواز سفرك."),
    ),
    section(
        words("How we reach you", "كيف نتواصل معك"),
        field("email", "contact", "email", words("E-mail", "البريد الإلكتروني"), required=True,
              placeholder="name@example.org", autocomplete="email", sensitive=False),
        field("phone", "contact", "tel", words("Phone", "الهاتف"), required=True,
              placeholder="+1 555 0100", autocomplete="tel", sensitive=False),
        field("street", "contact", "text", words("Street and number", "الشارع ورقم المنزل"),
              autocomplete="address-line1", sensitive=False),
        field("city", "contact", "text", words("City", "المدينة"),
              autocomplete="address-level2", sensitive=False),
        field("postal_code", "contact", "text", words("Postal code", "الرمز البريدي"),
              help=words("Five digits", "خمسة أرقام"), pattern=r"\d{5}(-\d{4})?", example="97205",
              autocomplete="postal-code", sensitive=False),
        field("best_time", "contact", "time", words("Best time to call", "أفضل وقت للاتصال"),
              min="08:00", max="18:00"),
        field("contact_ways", "contact", "checkboxes",
              words("How may we reach you?", "كيف يمكننا التواصل معك؟"), options=(
                  option("phone", words("By phone", "بالهاتف")),
                  option("sms", words("By text message", "برسالة نصية")),
                  option("email", words("By e-mail", "بالبريد الإلكتروني")))),
        field("emergency_name", "contact", "text",
              words("Whom do we call in an emergency?", "بمن نتصل في حالة الطوارئ؟"),
              required=True),
        field("emergency_phone", "contact", "tel",
              words("Their phone number", "رقم هاتف هذا الشخص")),
        field("campaign", "contact", "hidden", "campaign", max_length=40),
    ),
]  # fmt: skip

YOUR_HEALTH = [
    section(
        words("Your health", "صحتك"),
        field("height", "health", "number", words("Height in cm", "الطول بالسنتيمتر"),
              required=True, min="30", max="250", step="1"),
        field("weight", "health", "number", words("Weight in kg", "الوزن بالكيلوغرام"),
              required=True, min="1", max="400", step="0.1"),
        field("blood_type", "health", "select", words("Blood type", "فصيلة الدم"), options=(
            option("unknown", words("I do not know", "لا أعرف")),
            option("0+", "0+"), option("a+", "A+"), option("b+", "B+"), option("ab-", "AB-"))),
        field("complaint", "health", "textarea", words("Why do you come?", "ما سبب زيارتك؟"),
              help=words("In your own words", "بكلماتك الخاصة"), required=True, min_length=10,
              max_length=2000),
        field("since", "health", "date", words("Since when?", "منذ متى؟"), min="1950-01-01"),
        field("pain", "health", "rating", words("How strong is the pain?", "ما شدة الألم؟"),
              required=True, min="0", max="10", low=words("None", "لا ألم"),
              high=words("The worst", "أشد ألم")),
        field("diagnoses", "health", "checkboxes",
              words("Do you have any of these?", "هل تعاني من أيٍّ مما يلي؟"), options=(
                  option("diabetes", words("Diabetes", "السكري")),
                  option("asthma", words("Asthma", "الربو")),
                  option("heart", words("A heart condition", "مرض في القلب")))),
        field("diabetes_type", "health", "radio", words("Which diabetes?", "أي نوع من السكري؟"),
              required=True, when=[condition("diagnoses", "diabetes")], options=(
                  option("1", words("Type 1", "النوع الأول")),
                  option("2", words("Type 2", "النوع الثاني")))),
        field("allergic", "health", "radio",
              words("Do you have allergies?", "هل لديك حساسية؟"), required=True, options=YES_NO),
        field("allergies", "health", "textarea", words("Which ones?", "ما هي؟"), required=True,
              when=[condition("allergic", "yes")], max_length=500),
        field("medicines", "health", "textarea",
              words("Medicines that you take", "الأدوية التي تتناولها"),
              placeholder=words("Name and dose", "الاسم والجرعة")),
        page=True,
        text=words("Only your doctor reads this page.", "طبيبك وحده يقرأ هذه الصفحة."),
    ),
    section(
        words("Pregnancy", "الحمل"),
        field("pregnant", "health", "radio", words("Are you pregnant?", "هل أنتِ حامل؟"),
              required=True, options=(*YES_NO, option("unsure", words("Not sure", "غير متأكدة")))),
        field("due_date", "health", "date", words("When is it due?", "ما موعد الولادة المتوقع؟"),
              required=True, when=[condition("pregnant", "yes")]),
        when=[condition("sex", "female")],
    ),
]  # fmt: skip

HOW_YOU_LIVE = [
    section(
        words("How you live", "نمط حياتك"),
        field("smoker", "health", "radio", words("Do you smoke?", "هل تدخن؟"), required=True,
              options=(
                  option("never", words("Never did", "لم أدخن قط")),
                  option("former", words("Not any more", "أقلعت عن التدخين")),
                  option("current", words("Yes", "نعم")))),
        field("cigarettes", "health", "number",
              words("Cigarettes a day", "عدد السجائر في اليوم"), required=True, min="1",
              max="100", step="1", when=[condition("smoker", "current")]),
        field("quit_year", "health", "number",
              words("In which year did you stop?", "في أي سنة أقلعت؟"), min="1950", max="2025",
              step="1", when=[condition("smoker", "former")]),
        field("drinks", "health", "select",
              words("How often do you drink alcohol?", "كم مرة تتناول الكحول؟"), options=(
                  option("never", words("Never", "أبدًا")),
                  option("weekly", words("Every week", "كل أسبوع")),
                  option("daily", words("Every day", "كل يوم")))),
        field("sleep", "health", "number", words("Hours of sleep", "عدد ساعات النوم"), min="0",
              max="24", step="0.5"),
        field("exercise", "health", "rating", words("How fit do you feel?", "ما مدى لياقتك؟"),
              min="1", max="5"),
        page=True,
    ),
]  # fmt: skip

INSURANCE = [
    section(
        words("Insurance", "التأمين"),
        field("insured", "billing", "radio",
              words("Do you have health insurance?", "هل لديك تأمين صحي؟"), required=True,
              options=YES_NO),
        page=True,
    ),
    section(
        words("Your insurance", "تأمينك الصحي"),
        field("insurer", "billing", "text", words("Company", "شركة التأمين"), required=True),
        field("policy", "billing", "text", words("Policy number", "رقم الوثيقة"), required=True,
              pattern=r"[A-Z]{2}-\d{6}", example="AB-123456"),
        when=[condition("insured", "yes")],
    ),
    section(
        words("Paying and consent", "الدفع والموافقة"),
        field("invoice_to", "billing", "text", words("Who pays?", "من يدفع؟"),
              help=words("If it is not you", "إن لم تكن أنت")),
        field("consent", "health", "consent",
              words("I agree to the treatment of my data", "أوافق على معالجة بياناتي"),
              required=True, text=words(
                  "The practice keeps your answers for ten years, as the law demands.",
                  "تحتفظ العيادة بإجاباتك لمدة عشر سنوات كما يقتضي القانون.")),
    ),
]  # fmt: skip
